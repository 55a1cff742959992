"""A browser at Tenor: how it is begun, what is asked of it, and what it says. It knows no page."""

import base64
import http.client
import json
import os
import shutil
import sys
import tempfile
from urllib.parse import urlsplit

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException, WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

WIDE, PHONE = (1280, 900), (390, 844)
# What axe-core calls serious or worse is an error here.
SERIOUS = {"serious", "critical"}
# How long a page may take to change, in seconds; nothing waits longer than it has to.
PATIENCE = 300
# How often it is looked meanwhile, and loaded again where it has to be.
LOOK_SECONDS, LOAD_SECONDS = 0.2, 1
# The browser prints no longer picture, and no larger one is kept: each is tried at the next quality, and in the end cut.
PICTURE_BYTES_MAX = 64_000
PICTURES = [(60, 6_000), (40, 6_000), (25, 6_000), (25, 3_000), (25, 1_500)]


def program(*names):
    """Where the first of these is that there is."""
    for name in names:
        if found := shutil.which(name):
            return found
    raise SystemExit(f"there is no {' or '.join(names)} on the PATH")


def browser(profile, scripts):
    """A browser of its own, with nothing from before: what it keeps is in that folder."""
    options = webdriver.ChromeOptions()
    options.binary_location = program("chromium", "chromium-browser", "google-chrome")
    flags = ["headless=new", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking",
             "disable-component-update", "disable-sync", "disable-dev-shm-usage", "force-device-scale-factor=1", "hide-scrollbars",
             f"user-data-dir={profile}"]
    for flag in flags:
        options.add_argument(f"--{flag}")
    if not scripts:
        options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(options=options, service=Service(program("chromedriver", "chromium.chromedriver")))


class Visit:
    """A browser at Tenor, until the end of a `with`. What is wrong and stops nothing is in `wrong`."""

    def __init__(self, address, wrong, scripts=True):
        self.base = "{0.scheme}://{0.netloc}".format(urlsplit(address))
        self.wrong = wrong
        self.profile = tempfile.mkdtemp(prefix="tenor-browse-")
        self.files = os.path.join(self.profile, "files")
        try:
            self.driver = browser(self.profile, scripts)
        except BaseException:
            shutil.rmtree(self.profile, ignore_errors=True)
            raise
        self.size(WIDE)
        self.driver.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": self.files})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.driver.quit()
        finally:
            shutil.rmtree(self.profile, ignore_errors=True)

    def size(self, size):
        metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": size == PHONE}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def colours(self, scheme):
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    # Where it is, and what is there.

    def go(self, path):
        self.driver.get(self.base + path)
        return self.listen(path)

    def path(self):
        return urlsplit(self.driver.current_url).path

    def query(self):
        return urlsplit(self.driver.current_url).query

    def listen(self, path=None):
        """What the network says since the last time; errors on the console, and other hosts, are wrong."""
        path = path or self.path()
        for entry in self.driver.get_log("browser"):
            # That there is nothing at an address is what is asked for once.
            is_missing = path == "/nothing" and "404" in entry["message"]
            if entry["level"] in ("SEVERE", "WARNING") and not is_missing:
                self.wrong.append(f"{path}: the console says {entry['message']}")
        host = urlsplit(self.base).netloc
        heard = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        for message in heard:
            if message["method"] == "Network.requestWillBeSent":
                url = message["params"]["request"]["url"]
                if urlsplit(url).scheme in ("http", "https", "ws", "wss") and urlsplit(url).netloc != host:
                    self.wrong.append(f"{path}: asks {url}")
        return heard

    def text(self, selector="main"):
        """What is to be read there; a page that loads itself anew meanwhile is read again."""
        while True:
            try:
                return self.driver.find_element(By.CSS_SELECTOR, selector).text
            except StaleElementReferenceException:
                continue

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector):
        found = self.all(selector)
        self.check(len(found) == 1, f"{len(found)} of `{selector}`")
        return found[0]

    def check(self, holds, what):
        """Ends it all where something does not hold, and shows the page."""
        if not holds:
            raise SystemExit(f"{self.driver.current_url}: {what}\n{self.text('body')}")

    def says(self, *words, selector="main"):
        text = self.text(selector)
        for word in words:
            self.check(word in text, f"it does not say `{word}`")

    def script(self, text, *arguments):
        return self.driver.execute_script(text, *arguments)

    def wait(self, what, until, look_seconds=LOOK_SECONDS):
        """Until something holds; a page that loads itself anew is no error."""
        try:
            patience = WebDriverWait(self.driver, PATIENCE, look_seconds, ignored_exceptions=[StaleElementReferenceException])
            patience.until(lambda _: until())
        except WebDriverException as error:
            raise SystemExit(f"{self.driver.current_url}: {what}: {type(error).__name__}\n{self.text('body')}") from error

    def wait_anew(self, what, until):
        """The same of a page that does not change by itself: it is loaded again."""
        def loaded():
            if until():
                return True
            self.driver.refresh()
            return False
        self.wait(what, loaded, LOAD_SECONDS)

    # By mouse.

    def leave(self, what, do):
        """Does what leads to another page, and waits for it."""
        page = self.driver.find_element(By.TAG_NAME, "html")
        do()
        self.wait(f"no page after `{what}`", lambda: is_gone(page) and self.script("return document.readyState") == "complete")
        self.listen()

    def click(self, selector):
        self.leave(selector, self.one(selector).click)

    def fill(self, selector, text):
        field = self.one(selector)
        field.clear()
        field.send_keys(text)

    def choose(self, selector, value):
        Select(self.one(selector)).select_by_value(value)

    def come_in(self, name):
        """Enters a demo, as somebody else than before."""
        self.driver.delete_all_cookies()
        self.go("/login")
        self.click(f"form[action='/login/demo']:has([name='user'][value='{name}']) button")

    # By keyboard alone.

    def press(self, *keys):
        ActionChains(self.driver).send_keys(*keys).perform()

    def tab_to(self, selector, most=400):
        """Tabs on until what fits has the focus, which is to be seen."""
        told = """const e = document.activeElement, s = getComputedStyle(e);
            return [e.matches(arguments[0]), s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0]"""
        for _ in range(most):
            self.press(Keys.TAB)
            is_there, is_seen = self.script(told, selector)
            if is_there:
                self.check(is_seen, f"nobody sees that `{selector}` has the focus")
                return
        self.check(False, f"the keyboard never comes to `{selector}`")

    def enter(self, selector):
        """Goes to a link or a button by keyboard, and presses it; then the next page is there."""
        self.tab_to(selector)
        self.leave(selector, lambda: self.press(Keys.ENTER))

    # Files and programs.

    def ask(self, path, headers=None):
        """Status, head and body of an answer, by what the browser is logged in with, unless other headers are named."""
        if headers is None:
            headers = {"Cookie": "; ".join(f"{one['name']}={one['value']}" for one in self.driver.get_cookies())}
        connection = http.client.HTTPConnection(urlsplit(self.base).netloc, timeout=PATIENCE)
        try:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def download(self, selector, kind):
        """What a link has the browser keep as a file, which it takes away as one."""
        link = self.one(selector)
        address = urlsplit(link.get_attribute("href"))
        before = set(os.listdir(self.files)) if os.path.isdir(self.files) else set()
        link.click()
        def kept():
            names = set(os.listdir(self.files)) - before if os.path.isdir(self.files) else set()
            return next((name for name in names if not name.endswith((".crdownload", ".tmp")) and not name.startswith(".")), None)
        self.wait(f"`{selector}` gives no file", kept)
        with open(os.path.join(self.files, kept()), "rb") as file:
            clicked = file.read()
        self.listen()
        status, headers, _ = self.ask(f"{address.path}?{address.query}")
        self.check(status == 200, f"{address.path} answers {status}")
        self.check(headers["Content-Type"].startswith(kind), f"{address.path} is {headers['Content-Type']}")
        self.check(headers["Content-Disposition"].startswith("attachment"), f"{address.path} is to be shown, not to be kept")
        return clicked.decode()

    # What a page is like.

    def picture(self, folder, name):
        """The whole page, as far as the browser prints it."""
        if not folder:
            return
        size = self.driver.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
        for quality, most in PICTURES:
            clip = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], most), "scale": 1}
            asked = {"format": "webp", "quality": quality, "captureBeyondViewport": True, "clip": clip}
            shot = base64.b64decode(self.driver.execute_cdp_cmd("Page.captureScreenshot", asked)["data"])
            if len(shot) <= PICTURE_BYTES_MAX:
                break
        with open(os.path.join(folder, f"{name}.webp"), "wb") as file:
            file.write(shot)

    def accessible(self, where):
        """What axe-core finds on the page."""
        if not self.script("return 'axe' in window"):
            with open(os.path.join(sys.prefix, "axe.min.js"), encoding="utf-8") as file:
                self.script(file.read())
        found = self.driver.execute_async_script(
            "const done = arguments[0]; axe.run(document, {resultTypes: ['violations']}).then(r => done(r.violations))"
        )
        for one in found:
            targets = "; ".join(f"{node['target']} {node['html'][:120]}" for node in one["nodes"][:3])
            if one["impact"] in SERIOUS:
                self.wrong.append(f"{where}: {one['id']} ({one['impact']}): {one['help']}: {targets}")


def is_gone(element):
    try:
        element.is_enabled()
        return False
    except WebDriverException:  # Whatever the driver calls it, it is of another page.
        return True

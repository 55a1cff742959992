"""Looks at Tenor's pages in a real browser, as people do: every page in light and dark, wide and on a phone, by mouse, by keyboard, without scripts.

    browse.py ADDRESS [FOLDER]

ADDRESS is what `tenor demo` prints. With FOLDER, pictures of every page are kept there. Says what it did, a line each, on stdout; ends with 1 and
says what is wrong when a page has a serious finding of axe-core, an error on the console, asks another host, or a flow does not come to its end.
"""

import base64
import json
import os
import shutil
import sys
import tempfile
from urllib.parse import urlsplit

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

WIDE, PHONE = (1280, 900), (390, 844)
# What axe-core calls serious or worse is an error here.
SERIOUS = {"serious", "critical"}
# What the pages say where all is well: a word for an order, a title for the ledger. Other words for either have these in them.
DONE, WHOLE = "done", "The ledger is whole"
# How long a page may take to change, in seconds; nothing waits longer than it has to.
PATIENCE = 300


def program(*names):
    """Where the first of these is that there is."""
    for name in names:
        if found := shutil.which(name):
            return found
    raise SystemExit(f"there is no {' or '.join(names)} on the PATH")


def browser(profile, scripts=True):
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
    """A browser at Tenor."""

    def __init__(self, address, scripts=True):
        self.base = "{0.scheme}://{0.netloc}".format(urlsplit(address))
        self.wrong = []
        self.profile = tempfile.mkdtemp(prefix="tenor-browse-")
        try:
            self.driver = browser(self.profile, scripts)
        except BaseException:
            shutil.rmtree(self.profile, ignore_errors=True)
            raise
        self.size(WIDE)

    def end(self):
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

    def go(self, path):
        self.driver.get(self.base + path)
        self.listen(path)

    def listen(self, path):
        """What the console and the network say since the last time."""
        for entry in self.driver.get_log("browser"):
            # That there is nothing at an address is what is asked for once.
            is_missing = path == "/nothing" and "404" in entry["message"]
            if entry["level"] in ("SEVERE", "WARNING") and not is_missing:
                self.wrong.append(f"{path}: the console says {entry['message']}")
        host = urlsplit(self.base).netloc
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                url = message["params"]["request"]["url"]
                if urlsplit(url).scheme in ("http", "https", "ws", "wss") and urlsplit(url).netloc != host:
                    self.wrong.append(f"{path}: asks {url}")

    def text(self, selector="main"):
        return self.driver.find_element(By.CSS_SELECTOR, selector).text

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector):
        found = self.all(selector)
        if len(found) != 1:
            raise SystemExit(f"{self.driver.current_url}: {len(found)} of `{selector}`\n{self.text('body')}")
        return found[0]

    def wait(self, what, until):
        try:
            WebDriverWait(self.driver, PATIENCE, poll_frequency=0.2).until(lambda _: until())
        except Exception as error:
            raise SystemExit(f"{self.driver.current_url}: {what}: {type(error).__name__}\n{self.text('body')}") from error

    def picture(self, folder, name):
        if folder:
            shot = self.driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "webp", "quality": 70})
            with open(os.path.join(folder, f"{name}.webp"), "wb") as file:
                file.write(base64.b64decode(shot["data"]))

    def accessible(self, path):
        """What axe-core finds on the page."""
        axe = os.path.join(sys.prefix, "axe.min.js")
        with open(axe, encoding="utf-8") as file:
            self.driver.execute_script(file.read())
        found = self.driver.execute_async_script(
            "const done = arguments[0]; axe.run(document, {resultTypes: ['violations']}).then(r => done(r.violations))"
        )
        for one in found:
            targets = "; ".join(f"{node['target']} {node['html'][:120]}" for node in one["nodes"][:3])
            line = f"{path}: {one['id']} ({one['impact']}): {one['help']}: {targets}"
            if one["impact"] in SERIOUS:
                self.wrong.append(line)
        return len(found)


    # By keyboard alone.

    def press(self, *keys):
        ActionChains(self.driver).send_keys(*keys).perform()

    def focus(self, words, most=400):
        """Tabs on until what has the focus says these words."""
        told = "const e = document.activeElement; return (e.labels?.[0]?.innerText || e.innerText || e.value || '').trim()"
        for _ in range(most):
            self.press(Keys.TAB)
            if self.driver.execute_script(told).startswith(words):
                return
        raise SystemExit(f"{self.driver.current_url}: the keyboard never comes to `{words}`\n{self.text('body')}")

    def enter(self, words):
        """Goes to a link or a button by keyboard, and presses it; then the next page is there."""
        self.focus(words)
        page = self.driver.find_element(By.TAG_NAME, "html")
        self.press(Keys.ENTER)
        self.wait(f"after `{words}`", lambda: is_gone(page))

    def click(self, selector):
        page = self.driver.find_element(By.TAG_NAME, "html")
        self.one(selector).click()
        self.wait(f"after `{selector}`", lambda: is_gone(page))

    def come_in(self, name):
        self.go("/login")
        self.click(f"form[action='/login/demo']:has([name='user'][value='{name}']) button")


def is_gone(element):
    try:
        element.is_enabled()
        return False
    except Exception:  # noqa: BLE001: whatever the driver calls it, it is of another page
        return True


def pages(visit):
    """Every page that a click leads to from the navigation, and one of each kind below."""
    visit.go("/")
    found = [("login", "/login")]
    for link in visit.all("nav a"):
        path = urlsplit(link.get_attribute("href")).path
        found.append((path.strip("/") or "overview", path))
    for name, list_of, below in (("commitment", "/commitments", "/commitments/one"), ("proposal", "/proposals", "/proposals/"),
                                 ("order", "/orders", "/orders/")):
        visit.go(list_of)
        links = [link.get_attribute("href") for link in visit.all(f"main a[href^='{below}']")]
        if not links:
            raise SystemExit(f"{list_of} leads to none below it\n{visit.text()}")
        one = urlsplit(links[0])
        found.append((name, one.path + (f"?{one.query}" if one.query else "")))
    found += [("account", "/account"), ("ledger-verified", "/ledger/verify"), ("api", "/api/docs"),
              ("explore-by-month", "/explore?by=service&granularity=month"), ("missing", "/nothing")]
    return found


def look_at_all(visit, folder):
    """Every page in both colours and sizes."""
    all_pages = pages(visit)
    for name, path in all_pages:
        for colours in ("light", "dark"):
            visit.colours(colours)
            for size, label in ((WIDE, "wide"), (PHONE, "phone")):
                visit.size(size)
                visit.go(path)
                wider = visit.driver.execute_script("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
                if wider > 0:
                    visit.wrong.append(f"{path} on a {label} screen: it is {wider} pixels too wide")
                if size == WIDE or colours == "light":
                    visit.accessible(f"{path} ({colours}, {label})")
                visit.picture(folder, f"{name}-{colours}-{label}")
    visit.size(WIDE)
    visit.colours("light")
    return all_pages


def decide(visit, folder):
    """Finds the order, agrees to it, has it carried out and finds it in the ledger: by keyboard alone."""
    visit.go("/")
    visit.enter("Orders")
    visit.go(urlsplit(visit.all("main a[href^='/orders/']")[0].get_attribute("href")).path)
    order = urlsplit(visit.driver.current_url).path
    visit.enter("Approve it")
    visit.listen(order)
    if "1 of 1 approvals count" not in visit.text():
        raise SystemExit(f"{order}: it is not approved\n{visit.text()}")
    visit.enter("Carry it out")
    visit.wait("it is carried out", lambda: "being carried out" not in visit.text())
    standing = visit.one("h1 .tag").text
    if standing != DONE:
        raise SystemExit(f"{order}: it is `{standing}`, not `{DONE}`\n{visit.text()}")
    visit.listen(order)
    visit.go(order)
    visit.picture(folder, "order-done-light-wide")
    visit.enter("What the ledger says of it")
    for word in ("step-intended", "step-done", "order-ended"):
        if word not in visit.text():
            raise SystemExit(f"the ledger lacks `{word}`\n{visit.text()}")
    # The newest come first, and a page has a hundred.
    for word in ("order-created", "approved"):
        visit.go(f"/ledger?q={word}")
        if order.rsplit("/", 1)[-1][:12] not in visit.text():
            raise SystemExit(f"the ledger lacks `{word}` of {order}\n{visit.text()}")
    visit.go("/ledger/verify")
    if visit.text("h1") != WHOLE:
        raise SystemExit(f"the ledger is not whole\n{visit.text()}")


def without_scripts(address, all_pages):
    """The same pages say the same where no script runs."""
    plain = Visit(address, scripts=False)
    try:
        # Where a script ran it would say so; what follows would prove nothing.
        plain.driver.get("data:text/html,<title>off</title><script>document.title='on'</script>")
        if plain.driver.title != "off":
            raise SystemExit(f"scripts run where they should not: the title is `{plain.driver.title}`")
        plain.come_in("ben")
        for _, path in all_pages:
            plain.go(path)
            if not plain.text("h1"):
                plain.wrong.append(f"{path}: it says nothing without scripts")
    except BaseException:
        for line in plain.wrong:
            print(line)
        raise
    finally:
        plain.end()
    return plain.wrong


def main():
    address, folder = sys.argv[1], (sys.argv[2] if len(sys.argv) > 2 else None)
    visit = Visit(address)
    try:
        visit.come_in("ben")
        all_pages = look_at_all(visit, folder)
        print(f"{len(all_pages)} pages looked at")
        decide(visit, folder)
        print("an order was approved, carried out and found, by keyboard alone")
        visit.wrong += without_scripts(address, all_pages)
        print("all pages were read without scripts")
    finally:
        # Whatever else ended it early.
        for line in visit.wrong:
            print(line)
        visit.end()
    sys.exit(1 if visit.wrong else 0)


if __name__ == "__main__":
    main()

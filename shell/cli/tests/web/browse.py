"""Looks at Tenor's pages in a real browser, as people do: every page in light and dark, wide and on a phone, by mouse, by keyboard, without scripts.

    browse.py ADDRESS [FOLDER]

ADDRESS is what `tenor demo` prints. With FOLDER, pictures of every page are kept there. Says what it did, a line each, on stdout; ends with 1 and
says what is wrong when a page has a serious finding of axe-core, an error on the console, asks another host, or a flow does not come to its end.
"""

import base64
import json
import os
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
# How long a page may take to change, in seconds; nothing waits longer than it has to.
PATIENCE = 60


def browser(scripts=True):
    """A browser of its own, with nothing from before."""
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    flags = ["headless=new", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "disable-background-networking",
             "disable-component-update", "disable-sync", "disable-dev-shm-usage", "force-device-scale-factor=1", "hide-scrollbars",
             f"user-data-dir={tempfile.mkdtemp()}"]
    for flag in flags:
        options.add_argument(f"--{flag}")
    if not scripts:
        options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))


class Visit:
    """A browser at Tenor."""

    def __init__(self, address, scripts=True):
        self.base = "{0.scheme}://{0.netloc}".format(urlsplit(address))
        self.driver = browser(scripts)
        self.wrong = []
        self.size(WIDE)

    def end(self):
        self.driver.quit()

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
            if entry["level"] in ("SEVERE", "WARNING"):
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

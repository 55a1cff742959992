"""Every page as it looks: in light and dark, wide and on a phone, and what each of them has to have. Nothing is changed by it."""

from urllib.parse import urlsplit

from driver import PHONE, WIDE

# Each with whether axe-core judges it: colours and sizes are then both judged, in half the time.
VARIANTS = [("light", WIDE, "wide", True), ("dark", WIDE, "wide", False), ("light", PHONE, "phone", False), ("dark", PHONE, "phone", True)]
# What a page is made of: one heading above all, a language, a title, and a link that skips what is on every page.
BONES = """const skip = document.querySelector("a.skip");
return [document.querySelectorAll("h1").length, document.documentElement.lang, document.title,
    Boolean(skip && document.querySelector(skip.hash))]"""
WIDER = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
# A first visit may take no more, as it is sent.
FIRST_BYTES_MAX = 200_000


def known(visit):
    """Every page that a click leads to from the navigation, and one of each kind below."""
    visit.go("/")
    found = []
    for link in visit.all("nav a"):
        path = urlsplit(link.get_attribute("href")).path
        found.append((path.strip("/") or "overview", path))
    below = [("commitment", "/commitments", "/commitments/one"), ("proposal", "/proposals", "/proposals/"), ("order", "/orders", "/orders/"),
             ("connection", "/access", "/access/"), ("backtest-read", "/backtest", "/backtest/")]
    for name, list_of, begin in below:
        visit.go(list_of)
        links = visit.all(f"main a[href^='{begin}']")
        visit.check(links, "it leads to none below it")
        one = urlsplit(links[0].get_attribute("href"))
        found.append((name, one.path + (f"?{one.query}" if one.query else "")))
    return found + [("account", "/account"), ("ledger-verified", "/ledger/verify"), ("api", "/api/docs"), ("setup", "/setup"),
                    ("explore-by-month", "/explore?by=service&granularity=month"), ("missing", "/nothing")]


class Looks:
    """Looks at pages, and keeps pictures of them in a folder, if there is one."""

    def __init__(self, folder):
        self.folder, self.titles = folder, {}

    def at(self, visit, name, path=None):
        """The page that is there, or the one at the path, in all colours and sizes."""
        if path:
            visit.go(path)
        path = path or visit.path()
        self.bones(visit, path)
        for colours, size, label, is_judged in VARIANTS:
            visit.colours(colours)
            visit.size(size)
            wider = visit.script(WIDER)
            if wider > 0:
                visit.wrong.append(f"{path} on a {label} screen: it is {wider} pixels too wide")
            if is_judged:
                visit.accessible(f"{path} ({colours}, {label})")
            visit.picture(self.folder, f"{name}-{colours}-{label}")
        visit.size(WIDE)
        visit.colours("light")
        visit.listen(path)

    def bones(self, visit, path):
        headings, language, title, skips = visit.script(BONES)
        bare = urlsplit(path).path
        other = self.titles.setdefault(title, bare)
        for holds, what in ((headings == 1, f"{headings} headings of the first rank"), (language, "no language"),
                            (skips, "no link that skips to the content"), (other == bare, f"`{title}`, the title of {other} too")):
            if not holds:
                visit.wrong.append(f"{path}: {what}")


def first_load(visit):
    """Bytes of the overview with all that it has loaded, as they are sent to somebody who was never here."""
    visit.listen()
    visit.driver.execute_cdp_cmd("Network.enable", {})
    visit.driver.execute_cdp_cmd("Network.clearBrowserCache", {})
    paths, sent = {}, {}
    for message in visit.go("/"):
        params = message["params"]
        if message["method"] == "Network.requestWillBeSent":
            paths[params["requestId"]] = urlsplit(params["request"]["url"]).path
        elif message["method"] == "Network.loadingFinished":
            sent[params["requestId"]] = params["encodedDataLength"]
    by_path = {path: int(sent.get(request, 0)) for request, path in paths.items()}
    for path in ("/", "/style.css", "/tenor.js"):
        visit.check(by_path.get(path), f"nobody saw how much was sent of {path}: {by_path}")
    # A browser without a window may not ask for it.
    by_path.setdefault("/icon.svg", len(visit.ask("/icon.svg")[2]))
    whole = sum(by_path.values())
    visit.check(whole < FIRST_BYTES_MAX, f"the first load takes {whole:,} bytes: {by_path}")
    return whole

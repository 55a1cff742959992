"""What people do at Tenor, each once, by clicking: what the next page says of it, and that the ledger has it.

What an order takes is done by mouse, by keyboard alone and without scripts; the analyst `ann` makes, the admin `ben` agrees.
"""

import json
from urllib.parse import urlsplit

from driver import Keys, Visit

# What the pages say where all is well: a word for an order, a title for the ledger.
DONE, WHOLE = "done", "The ledger is whole"
# The little that there is to try on the past: one decision, in one future.
BACKTEST = {"every": "26", "start_after": "200", "scenarios": "1"}


def recorded(visit, kind, *words):
    """That the ledger has an entry of that kind with these words in it."""
    visit.go(f"/ledger?q={kind}")
    rows = [row.text for row in visit.all("main tbody tr")]
    visit.check(any(kind in row and all(word in row for word in words) for row in rows), f"no entry `{kind}` has {words} in it")


# What is looked at.

def explore(visit):
    """From a month of the overview to its costs, beside the month before, down to one service by day, and away with them as a file."""
    visit.go("/")
    for summary in visit.all("main details:not([open]) > summary"):
        summary.click()
    months = visit.all("main a[href^='/explore?by=service&from=']")
    visit.check(len(months) > 2, "it leads to no months")
    month = months[len(months) // 2]
    name = month.text
    visit.leave("a month", month.click)
    visit.check(visit.one("[name='from']").get_attribute("value") == name, "the month is not the one that was clicked")
    columns = len(visit.all("main thead th"))
    visit.one("input[name='compare']").click()
    visit.click("form[action='/explore'] button")
    visit.check("compare=before" in visit.query(), "it is not compared")
    visit.check(len(visit.all("main thead th")) == columns + 1, "there is no column of changes")
    first = visit.all("main tbody td a")[0]
    service = first.text
    visit.leave("a service", first.click)
    visit.says(service, selector=".trail")
    visit.click(".chips a[href*='granularity=day']")
    # Its chart is read by keyboard too.
    visit.tab_to("svg[data-marks]")
    visit.press(Keys.ARROW_RIGHT)
    said = visit.text(".read-out")
    visit.check(name in said, f"the chart reads `{said}`")
    visit.choose("select[name='metric']", "list")
    visit.click("form[action='/explore'] button")
    visit.check("metric=list" in visit.query() and visit.all(".trail .chip"), "the filter is gone with another cost")
    lines = visit.download("a[href^='/explore.csv']", "text/csv").splitlines()
    visit.check(lines[0].startswith("day,") and lines[0].endswith(",cost,before,change,currency"), f"the file begins `{lines[0]}`")
    days = [line for line in lines[1:] if line.startswith(f"{name}-")]
    visit.check(len(days) > 20 and all(line.endswith(",USD") for line in lines[1:]), "the file is not of that month")
    recorded(visit, "data-exported", "cost as a file")


def take_away(visit):
    """A role's template, and the ledger."""
    visit.go("/access")
    visit.leave("a connection", visit.all("main a[href^='/access/']")[0].click)
    template = visit.download("a[href$='format=cloudformation']", "application/json")
    visit.check("Resources" in json.loads(template), "the template makes nothing")
    recorded(visit, "data-exported", "template as a file")
    visit.go("/ledger")
    visit.fill("input[name='q']", "connection-made")
    visit.click("form[action='/ledger'] button")
    rows = [row.text for row in visit.all("main tbody tr")]
    visit.check(rows and all("connection-made" in row for row in rows), "it is not searched")
    visit.go("/ledger")
    lines = visit.download("a[href^='/ledger.jsonl']", "application/").splitlines()
    visit.check(len(lines) > 10 and all(json.loads(line) for line in lines), "the file is not the ledger")
    whole(visit)


def whole(visit):
    """The ledger, verified by its own link."""
    visit.go("/ledger")
    visit.click("a[href='/ledger/verify']")
    visit.check(visit.text("h1") == WHOLE, "the ledger is not whole")


def theme(visit):
    visit.go("/jobs")
    for name in ("dark", "light", "auto"):
        visit.click(f"form[action='/theme'] [value='{name}']")
        visit.check(visit.path() == "/jobs", "choosing colours leads elsewhere")
        visit.one(f"html[data-theme='{name}']")


# What takes its time.

def begin_backtest(visit):
    visit.go("/backtest")
    for name, value in BACKTEST.items():
        visit.fill(f"form[action='/backtest'] [name='{name}']", value)
    visit.click("form[action='/backtest'] button")
    visit.check(visit.path() == "/backtest", "it leads elsewhere")


def read_backtest(visit):
    visit.go("/backtest")
    visit.wait_anew("the back-test does not end", lambda: visit.all("main a[href^='/backtest/']"))
    visit.leave("the newest", visit.all("main a[href^='/backtest/']")[0].click)
    visit.check(len(visit.all("main tbody tr")) > 4, "it tells of no policies")
    visit.says("200 days", "1, from the seed")


def run_job(visit, by):
    visit.go("/jobs")
    visit.click("form[action='/jobs/run'] [value='verify']")
    visit.wait_anew("the job does not run", lambda: any(by in row.text for row in visit.all("main tr:has(td .tag.good)")))


def propose(visit):
    """Has a proposal made of what is known; it is the one that is there, where nothing new is known."""
    visit.go("/proposals")
    visit.click("form[action='/proposals'] button")
    visit.wait_anew("no proposal is made", lambda: visit.path() != "/proposals" or not visit.all("main [role='status']"))
    if visit.path() == "/proposals":
        visit.leave("the newest", visit.all("main a[href^='/proposals/']")[0].click)
    recorded(visit, "proposal-made")


def what_if(visit):
    """What would be bought if nothing could be owed: a slider, moved by keyboard as far as it goes."""
    visit.go("/proposals")
    visit.leave("a proposal", visit.all("main a[href^='/proposals/']")[0].click)
    visit.one("input[name='weight']").send_keys(Keys.END)
    most = visit.one("input[name='weight']").get_attribute("max")
    visit.click("#what-if form button")
    visit.check(f"weight={most}" in visit.query(), "the slider is not asked about")
    visit.wait_anew("there is no answer", lambda: visit.all("#what-if table"))
    visit.check(visit.one("input[name='weight']").get_attribute("value") == most, "the slider is back where it was")
    proposal = json.loads(visit.download("a[href$='/proposal.json']", "application/json"))
    visit.check(proposal["steps"], "the file has no steps")
    recorded(visit, "data-exported", "proposal as a file")


# Orders.

def make_order(visit):
    """Makes an order of the newest proposal on its own page; the path of the order."""
    visit.go("/proposals")
    visit.leave("a proposal", visit.all("main a[href^='/proposals/']")[0].click)
    visit.click("main form[action='/orders'] button")
    visit.check("told=created" in visit.query(), "no order is made")
    path = visit.path()
    visit.one("main [role='status']")
    recorded(visit, "order-created", short(path))
    return path


def short(path):
    """As much of an order's id as the ledger's page has at least."""
    return path.rsplit("/", 1)[-1][:12]


def newest_order(visit):
    visit.go("/orders")
    return urlsplit(visit.all("main a[href^='/orders/']")[0].get_attribute("href")).path


def approve(visit, path):
    visit.go(path)
    visit.click("form[action$='/approve'] button")
    visit.check("told=approved" in visit.query(), "it is not approved")
    visit.says("1 of 1 approvals count")


def ended(visit, path):
    """Waits until nothing of an order is done any more, and looks how it stands."""
    visit.says("begun by ben")
    visit.wait("it is carried out", lambda: not visit.all("meta[name='look-again']"))
    visit.go(path)
    standing = visit.one("h1 .tag").text
    visit.check(standing == DONE, f"it is `{standing}`, not `{DONE}`")


def reject(visit, path):
    visit.go(path)
    visit.fill("form[action$='/reject'] [name='reason']", "another one is made")
    visit.click("form[action$='/reject'] button")
    visit.check("told=rejected" in visit.query(), "it is not rejected")
    visit.says("another one is made")
    visit.check(not visit.all("form[action$='/approve']"), "it can still be approved")
    recorded(visit, "rejected", short(path), "another one is made")


def rehearse_and_stop(visit, path):
    """Agrees, has all of it looked at, and has nothing sent."""
    approve(visit, path)
    recorded(visit, "approved", short(path))
    visit.go(path)
    visit.click("form[action$='/run'] [value='rehearse']")
    visit.wait_anew("it is rehearsed", lambda: not visit.all("meta[name='look-again']"))
    visit.says("Rehearsal begun by ben", "would")
    visit.fill("form[action$='/stop'] [name='reason']", "only looked at")
    visit.click("form[action$='/stop'] button")
    visit.check("told=stopping" in visit.query(), "it is not stopped")
    recorded(visit, "order-stopping", short(path), "only looked at")
    visit.go(f"/ledger?q={path.rsplit('/', 1)[-1]}")
    visit.check("step-intended" not in visit.text(), "something was sent in a rehearsal")


def buy_by_keys(visit, path, looks):
    """From the list of orders to what the ledger says of one: agreed to and carried out by keyboard alone."""
    visit.go("/orders")
    visit.enter(f"main a[href='{path}']")
    visit.enter("form[action$='/approve'] button")
    visit.says("1 of 1 approvals count")
    visit.enter("form[action$='/run'] [value='live']")
    ended(visit, path)
    looks.at(visit, "order-done", path)
    visit.enter("main a[href^='/ledger?q=']")
    visit.says("step-intended", "step-done", "order-ended")


def take_back(make, agree, path):
    """A step of an order that is done is taken back, by an order of its own."""
    make.go(path)
    forms = make.all("form[action$='/take-back'] button")
    make.check(forms, "nothing of it can be taken back")
    make.leave("taking back", forms[0].click)
    make.check("told=taking-back" in make.query(), "no order takes it back")
    undo = make.path()
    make.check(undo != path, "it is the same order")
    approve(agree, undo)
    agree.click("form[action$='/run'] [value='live']")
    ended(agree, undo)
    recorded(agree, "step-undone", short(path))


# Who may what.

def users(visit, password):
    """An admin adds a user, gives another link, changes and removes them, each with the password again. In a demo nobody may who agrees to orders."""
    visit.go("/users")
    visit.fill("form[action='/users'] [name='name']", "cat")
    visit.fill("form[action='/users'] [name='password']", password)
    visit.choose("form[action='/users'] [name='role']", "viewer")
    visit.click("form[action='/users'] button")
    first = visit.one("main pre code").text
    visit.check("/welcome/" in first, "there is no link")
    recorded(visit, "user-added", "cat", "viewer")
    change = "form[action='/users/invite']"
    for button, kind in (("button:not([formaction])", "user-invited"), ("[formaction='/users/role']", "user-changed"),
                         ("[formaction='/users/remove']", "user-removed")):
        visit.go("/users")
        visit.choose(f"{change} [name='user']", "cat")
        visit.choose(f"{change} [name='role']", "analyst")
        visit.fill(f"{change} [name='password']", password)
        visit.click(f"{change} {button}")
        if kind == "user-invited":
            visit.check(visit.one("main pre code").text not in ("", first), "there is no new link")
        else:
            visit.one("main [role='status']")
        recorded(visit, kind, "cat")
    visit.go("/users")
    visit.check("cat" not in visit.text("main table"), "the user is still there")


def token(visit):
    """A token is made, opens what it is for and nothing else, and is revoked."""
    form = "form[action='/account/tokens']"
    visit.go("/account")
    visit.fill(f"{form} [name='label']", "tried")
    visit.one(f"{form} [name='scope'][value='cost']").click()
    visit.click(f"{form} button")
    by = {"Authorization": f"Bearer {visit.one('main pre code').text}"}
    recorded(visit, "token-made", "cost")
    for path, status in (("/api/v1/cost?by=service", 200), ("/api/v1/ledger", 403)):
        found = visit.ask(path, by)[0]
        visit.check(found == status, f"{path} answers {found} to the token, not {status}")
    visit.go("/account")
    visit.click("form[action='/account/tokens/revoke'] button")
    recorded(visit, "token-revoked")
    found = visit.ask("/api/v1/cost?by=service", by)[0]
    visit.check(found == 401, f"a revoked token is answered {found}")


def stop_everything(visit):
    """The last of all: nothing is sent any more, and no page lifts it."""
    visit.go("/settings")
    visit.fill("form[action='/settings/stop'] [name='reason']", "that was all")
    visit.click("form[action='/settings/stop'] button")
    visit.one("main [role='status']")
    visit.says("that was all")
    visit.check(not visit.all("form[action='/settings/stop']"), "it can be stopped again")
    visit.go("/orders")
    visit.says("that was all", selector="main [role='alert']")
    recorded(visit, "kill-switch", "that was all")


def without_scripts(address, wrong, all_pages, order):
    """Every page says what it has to say where no script runs, and an order is agreed to, rehearsed and stopped there."""
    with Visit(address, wrong, scripts=False) as plain:
        # Where a script ran it would say so; what follows would prove nothing.
        plain.driver.get("data:text/html,<title>off</title><script>document.title='on'</script>")
        if plain.driver.title != "off":
            raise SystemExit(f"scripts run where they should not: the title is `{plain.driver.title}`")
        plain.come_in("ben")
        for _, path in all_pages:
            plain.go(path)
            if not plain.text("h1") or len(plain.text()) < 80:
                wrong.append(f"{path}: it says nothing without scripts")
        rehearse_and_stop(plain, order)

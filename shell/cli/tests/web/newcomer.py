"""Whoever begins with an empty home: the link that the server prints, a password, the steps of the set-up, a bill by the form, and a connection."""

import secrets
from urllib.parse import urlsplit

from driver import Visit
from flows import recorded, users

# Shorter than that and no password is taken.
SHORT = "short"
VALUES = {"name": "prod", "account": "111122223333", "principal": "arn:aws:iam::444455556666:role/tenor"}


def arrives(link, wrong, looks):
    password = secrets.token_urlsafe(24)
    with Visit(link, wrong) as visit:
        path = urlsplit(link).path
        # Who is not let in is sent to the log-in.
        visit.go("/setup")
        visit.check(visit.path() == "/login", "the set-up is shown to anybody")
        looks.at(visit, "login-first")
        looks.at(visit, "welcome", path)
        sets_password(visit, path, password)
        looks.at(visit, "first")
        comes_back(visit, password)
        looks_at_nothing(visit)
        imports(visit)
        looks.at(visit, "setup-imported")
        connects(visit)
        looks.at(visit, "connection-new")
        users(visit, password)


def sets_password(visit, path, password):
    visit.go(path)
    for name in ("password", "again"):
        visit.fill(f"[name='{name}']", SHORT)
    visit.one("main form button").click()
    visit.check(visit.path() == path and visit.all("input:invalid"), "a short password is taken")
    for name in ("password", "again"):
        visit.fill(f"[name='{name}']", password)
    visit.click("main form button")
    visit.check(visit.path() == "/", "the password lets nobody in")
    visit.one("main a[href='/setup']")
    recorded(visit, "password-changed", "admin")
    visit.go("/")


def comes_back(visit, password):
    """Logs out, and in again by name and password, to where it was going to."""
    visit.click("form[action='/logout'] button")
    visit.go("/setup")
    visit.fill("form[action='/login'] [name='user']", "admin")
    visit.fill("form[action='/login'] [name='password']", password)
    visit.click("form[action='/login'] button")
    visit.check(visit.path() == "/setup", "it leads elsewhere than where it was going")


def looks_at_nothing(visit):
    """The pages that need no bill say what there is to do; those that do lead to where it is said."""
    for path in ("/commitments", "/coverage", "/explore"):
        visit.go(path)
        visit.check(visit.text("h1"), "an empty home has no page there")
    for path in ("/proposals", "/orders", "/backtest", "/access", "/jobs", "/settings", "/ledger"):
        visit.go(path)
        visit.check(visit.path() == path and visit.text("h1"), "an empty home has no page there")


def imports(visit):
    """Imports the one folder that is offered for the newest month, and waits until its bill is there."""
    visit.go("/setup")
    folders = [one.get_attribute("value") for one in visit.all("[name='folder'] option")]
    visit.check(len(folders) > 1, "no folder is offered")
    visit.choose("[name='folder']", max(folders))
    visit.click("form[action='/setup/import'] button")
    # A page that is at a place of its own (`#bill`) does not load itself anew in every browser.
    visit.wait_anew("it is imported", lambda: not visit.all("meta[name='look-again']"))
    visit.says("1 months of bills", selector="main > [role='status']")
    visit.one("#bill .tag.good")
    recorded(visit, "data-imported")
    visit.go("/")
    visit.check(visit.all("main .tile"), "there is no overview of what was imported")
    visit.go("/setup")


def connects(visit):
    """Fills in their values, which are then in the commands and the form, and makes a connection, which is not proved."""
    for name, value in VALUES.items():
        visit.fill(f"form[action='/setup'] [name='{name}']", value)
    visit.click("form[action='/setup'] button")
    visit.says(*VALUES.values(), selector="#connect pre")
    for name, value in VALUES.items():
        filled = visit.one(f"form[action='/setup/connect'] [name='{name}']").get_attribute("value")
        visit.check(filled == value, f"the form has `{filled}`")
    visit.click("form[action='/setup/connect'] button")
    visit.check(visit.path() == f"/access/{VALUES['name']}", "no connection is made")
    visit.one("main [role='status'].warn")
    template = visit.download("a[href$='format=terraform']", "text/plain")
    visit.check("aws_iam_role" in template, "the template makes no role")
    recorded(visit, "connection-made", VALUES["name"])
    visit.go(f"/access/{VALUES['name']}")

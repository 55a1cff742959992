"""Looks at Tenor's pages in a real browser, as people do: every page in light and dark, wide and on a phone, by mouse, by keyboard, without scripts.

    browse.py ADDRESS LINK [FOLDER]

ADDRESS is what `tenor demo` prints, LINK what `tenor serve` prints on an empty home. With FOLDER, pictures of every page are kept there. Says what it
did, a line each, on stdout; ends with 1 and says what is wrong when a page has a serious finding of axe-core, an error on the console, asks another host
or lacks what each page has, or a flow does not come to its end.
"""

import os
import sys
import time

import flows
import newcomer
from driver import Visit
from pages import Looks, first_load, known

# All pictures together take no more: they are kept beside the source.
PICTURES_BYTES_MAX = 6_000_000


def decided(ben, address, wrong, looks, all_pages):
    """Each decision about an order, of orders of one proposal: another one can be made of it once the one before is off."""
    with Visit(address, wrong) as ann:
        ann.come_in("ann")
        flows.propose(ann)
        flows.what_if(ann)
        told("a proposal was made, looked at and taken away")
        flows.reject(ben, flows.newest_order(ben))
        order = flows.make_order(ann)
        flows.without_scripts(address, wrong, all_pages, order)
        told("all pages were read, and an order was approved, rehearsed and stopped, without scripts")
        order = flows.make_order(ann)
        flows.buy_by_keys(ben, order, looks)
        told("an order was found, approved, carried out and looked up, by keyboard alone")
        flows.take_back(ann, ben, order)
        told("what was bought was taken back")


def browsed(address, link, looks, wrong):
    newcomer.arrives(link, wrong, looks)
    told("a newcomer set a password, imported a bill, made a connection, and added and removed a user")
    with Visit(address, wrong) as ben:
        looks.at(ben, "login", "/login")
        ben.come_in("ben")
        told(f"the first load takes {first_load(ben):,} bytes")
        flows.begin_backtest(ben)
        flows.explore(ben)
        flows.take_away(ben)
        flows.theme(ben)
        flows.token(ben)
        flows.run_job(ben, "ben")
        flows.read_backtest(ben)
        told("costs were explored, files taken away, a token made and revoked, a job and a back-test run")
        all_pages = known(ben)
        for name, path in all_pages:
            looks.at(ben, name, path)
        told(f"{len(all_pages)} pages were looked at")
        decided(ben, address, wrong, looks, all_pages)
        flows.stop_everything(ben)
        flows.whole(ben)
        told("everything was stopped, and the ledger is whole")


BEGUN = time.monotonic()


def told(what):
    print(f"{time.monotonic() - BEGUN:.0f} s: {what}", flush=True)


def main():
    address, link, folder = sys.argv[1], sys.argv[2], (sys.argv[3] if len(sys.argv) > 3 else None)
    wrong = []
    try:
        browsed(address, link, Looks(folder), wrong)
    finally:
        # Whatever else ended it early.
        for line in wrong:
            print(line)
    if folder:
        size = sum(os.path.getsize(os.path.join(folder, name)) for name in os.listdir(folder) if name.endswith(".webp"))
        print(f"the pictures take {size:,} bytes")
        if size > PICTURES_BYTES_MAX:
            raise SystemExit("that is more than they may take")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()

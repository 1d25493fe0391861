"""Connect: save a new connection, or change a saved one, after the service has been asked whether it works."""

from __future__ import annotations

import dataclasses

from starlette.responses import Response

from connector_kit import Checked, ConnectorError
from connector_kit.connections import ENVIRONMENTS, FIRST_NAME, StaleError, StoreError
from connector_kit.connections.saving import Saved, Wanted, save
from connector_kit.hosts.ui import forms
from connector_kit.hosts.ui.connection_form import Entered, Subject, chosen_environment, entered, judged, page
from connector_kit.hosts.ui.drafts import Draft, Drafts
from connector_kit.hosts.ui.pages.connections import read_only
from connector_kit.hosts.ui.site import Message, Way
from connector_kit.hosts.ui.visit import NotFoundError, Visit


def connect(visit: Visit) -> Response:
    """Show the empty form of a connection method, or save what was entered."""
    connector = visit.connector()
    method = connector.manifest.method(visit.places["method"])
    if method is None:
        raise NotFoundError
    subject = Subject(connector, method)
    if visit.posted:
        return _saved(visit, subject, entered(visit, subject))
    asked = visit.query.get("environment", "")
    environment = asked if asked in ENVIRONMENTS else ENVIRONMENTS[0]
    name = "" if _has_one(visit, subject, environment) else FIRST_NAME
    return page(visit, subject, Entered(name, environment, Drafts.new_id()))


def edit(visit: Visit) -> Response:
    """Show the form of a saved connection, or save what was changed."""
    saved = visit.saved()
    connector = visit.connector(saved.connector)
    method = connector.manifest.method(saved.method)
    if method is None:
        raise NotFoundError
    if saved.read_only:
        return read_only(visit)
    subject = Subject(connector, method, saved)
    if visit.posted:
        given = dataclasses.replace(entered(visit, subject), environment=saved.environment, both=False)
        return _saved(visit, subject, given)
    given = Entered(saved.name, saved.environment, Drafts.new_id(), rev=saved.rev, values=saved.public)
    return page(visit, subject, given)


def _has_one(visit: Visit, subject: Subject, environment: str) -> bool:
    id_ = subject.connector.manifest.id
    return any(saved.connector == id_ and saved.environment == environment for saved in visit.site.book.list())


def _saved(visit: Visit, subject: Subject, given: Entered) -> Response:
    """Save, and go to the list; or show the form again with what is wrong, its secrets waiting in the draft."""
    with visit.site.drafts.turn(given.draft) as draft:
        if draft.done:
            return visit.go("connections")
        secrets = {**draft.secrets, **given.secrets}
        try:
            done = _save(visit, subject, dataclasses.replace(given, secrets=secrets))
        except StaleError:
            return _stale(visit, subject)
        except StoreError:
            raise
        except ConnectorError as exc:
            return _refused(visit, subject, given, draft, exc)
        draft.finish()
    if subject.saved is not None:
        # What is open was opened with the values of before.
        visit.site.sessions.end(subject.saved.id)
    way = Way(visit.path("try", id=done.connections[0].id), visit.say("Try it"))
    return visit.go("connections", dataclasses.replace(_message(visit, subject, done, given), way=way))


def _save(visit: Visit, subject: Subject, given: Entered) -> Saved:
    site, saved = visit.site, subject.saved
    wanted = Wanted(
        method=subject.method.id,
        environment=chosen_environment(given.environment),
        name=given.name,
        values={**given.values, **given.secrets},
        base_url=site.base_url if saved is None else saved.base_url,
    )
    # The revision that the form was made from: a change in another window since then must not be overwritten.
    existing = None if saved is None else dataclasses.replace(saved, rev=given.rev)
    return save(
        site.book, subject.connector, wanted, existing=existing, check=given.check, both=given.both, now=site.now
    )


def _refused(visit: Visit, subject: Subject, given: Entered, draft: Draft, exc: ConnectorError) -> Response:
    draft.keep(forms.without({**draft.secrets, **given.secrets}, exc.problems))
    return page(visit, subject, given, judged(visit, subject, exc))


def _stale(visit: Visit, subject: Subject) -> Response:
    title = visit.say("Changed in another window")
    saved = subject.saved
    return visit.page("failed.html", title=title, status=409, reason="stale", id=saved.id if saved else "")


def _message(visit: Visit, subject: Subject, done: Saved, given: Entered) -> Message:
    name, service = done.connections[0].name, subject.connector.manifest.name
    if done.checked is not None:
        text = visit.say("“{name}” is connected.", name=name)
        if len(done.connections) > 1:
            text = visit.say("“{name}” is connected in Production and in Test.", name=name)
        return Message(text, _learned(visit, service, done.checked))
    if not given.check:
        later = visit.say("Check it later with “Check now”.")
        return Message(visit.say("“{name}” was saved without a check.", name=name), (later,), "notice")
    return Message(visit.say("“{name}” was saved.", name=name))


def _learned(visit: Visit, service: str, checked: Checked) -> tuple[str, ...]:
    account = checked.account and visit.say("{service} account: {account}.", service=service, account=checked.account)
    return (*([account] if account else []), *(notice.message for notice in checked.notices))

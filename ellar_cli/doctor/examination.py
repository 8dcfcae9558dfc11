"""All checks of a case, and what came of them."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass, field

from ellar_cli.distribution.foreign import check_runtime
from ellar_cli.doctor import environment
from ellar_cli.doctor.case import Case
from ellar_cli.doctor.finding import CODES, Check, Finding, NotChecked
from ellar_cli.errors import CliError


@dataclass
class Examination:
    """The findings, by their codes; the codes that were looked for; and why others were not.

    `failure` is the first error that ended a check; the findings of the others are there all the same.
    """

    findings: list[Finding] = field(default_factory=list)
    checked: list[str] = field(default_factory=list)
    not_checked: dict[str, str] = field(default_factory=dict)
    failure: Exception | None = None

    def make(self, check: Check, case: Case) -> None:
        """Make one check."""
        try:
            self.findings += check.look(case)
        except NotChecked as reason:
            self.not_checked |= dict.fromkeys(check.codes, str(reason))
        except Exception as error:
            codes = ", ".join(check.codes)
            told = CliError(f"{codes} cannot be looked for: {error}") if isinstance(error, OSError) else error
            self.failure = self.failure or told
            self.not_checked |= dict.fromkeys(check.codes, "looking for that failed")
        else:
            self.checked += check.codes


def examine(case: Case, ignored: Iterable[str] = ()) -> Examination:
    """Make all checks, and leave out what they find of the codes that are ignored.

    Raises UsageError where the config that an option names is not there.
    """
    done = Examination()
    for check in _OF_ENVIRONMENT:
        done.make(check, case)
    try:
        check_runtime()
    except CliError as error:
        problem, _, remedy = str(error).rpartition("; mend it: ")
        if not done.findings or done.findings[0].code != "E401":
            done.findings.append(Finding("E401", sys.prefix, problem, remedy))
        rest = [code for code in CODES if code not in done.checked and code not in done.not_checked]
        done.not_checked |= dict.fromkeys(rest, "the runtime does not load")
    else:
        _check_config(case)
        for check in _of_application():
            done.make(check, case)
    return _without(set(ignored), done)


def _check_config(case: Case) -> None:
    from ellar_cli.application.settings import check_named  # the runtime, which has to be ours

    if case.config is not None and not case.is_server:
        check_named(case.config, case.target)


def _without(ignored: set[str], done: Examination) -> Examination:
    # A config that cannot be made is a mistake in the application too, where it is the application's.
    left = [finding for finding in done.findings if finding.code not in ignored]
    of_config = {finding.problem for finding in left if finding.code == "E306"}
    once = [finding for finding in left if finding.code != "E101" or finding.problem not in of_config]
    in_order = sorted(once, key=lambda finding: finding.code)
    found = {finding.code for finding in in_order}
    checked = sorted({*done.checked, *found} - ignored)
    not_checked = {code: why for code, why in sorted(done.not_checked.items()) if code not in found | ignored}
    return Examination(in_order, checked, not_checked, done.failure)


_OF_ENVIRONMENT = (
    Check(("E401",), environment.foreign),
    Check(("E402",), environment.packages),
    Check(("E403",), environment.python),
)


def _of_application() -> tuple[Check, ...]:
    # They import the runtime, which has to be ours.
    from ellar_cli.doctor import application, imports, named, production, record, structure

    return (
        Check(("E101",), application.mistakes),
        Check(("E102", "E103", "E104"), application.others),
        Check(("E105",), application.options),
        Check(("E201",), structure.unlisted_modules),
        Check(("E202",), structure.hidden_routes),
        Check(("E203",), named.root_module),
        Check(("E204",), imports.failing),
        Check(("E205",), named.settings),
        Check(("E301", "E302", "E303", "E304", "E305", "E306"), production.production),
        Check(("E501",), record.unknown),
        Check(("E502",), record.gone),
        Check(("E503",), record.unreadable),
    )

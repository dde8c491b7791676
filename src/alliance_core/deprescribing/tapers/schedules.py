"""A draft as a schedule that can be checked, sent on and written down like anyone's."""

from alliance_core.base.errors import AllianceError
from alliance_core.base.facts import Recorded
from alliance_core.deprescribing.tapers.plans import OptionKind, TaperOption
from alliance_core.deprescribing.tapers.records import ScheduledPiece, ScheduledStep, TaperRequest, TaperSchedule


def as_schedule(option: TaperOption, request: TaperRequest) -> TaperSchedule:
    """
    Return a draft as a schedule of the request; raises `AllianceError` for an option that is no draft.

    Steps whose earliest day lies past the calendar are left out.
    """
    if option.kind is not OptionKind.DRAFT:
        raise AllianceError("only a draft has a schedule: choose one of `plan.drafts`")
    return TaperSchedule(
        id=option.id,
        request=request,
        method=option.id.partition(".")[0],
        steps=tuple(
            ScheduledStep(
                amount=step.amount,
                starts_on=step.earliest_on,
                every_days=step.every_days,
                pieces=tuple(ScheduledPiece(product=one.product, count=one.count) for one in step.pieces),
                check_in_on=step.check_in_on,
                only_earliest=Recorded.YES if step.on is None else Recorded.NO,
            )
            for step in option.steps
            if step.earliest_on is not None
        ),
    )

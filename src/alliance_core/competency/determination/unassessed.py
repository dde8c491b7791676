"""Table (a), its first part: what is settled, or open, before any assessment is looked at."""

from typing import Final

from alliance_core.base.cases import Case
from alliance_core.base.facts import Recorded, all_yes
from alliance_core.base.findings import Answer, Weight
from alliance_core.competency.determination.evidence import Evidence
from alliance_core.competency.determination.outcome import Determination, Outcome
from alliance_core.competency.determination.questions import case, is_high
from alliance_core.records import NOT_RECORDED

YES, NO, UNCLEAR = Recorded.YES, Recorded.NO, Recorded.UNCLEAR
_D, _A, _W = Determination, Answer, Weight
_REGIME: Final = "other"

UNASSESSED: Final[tuple[Case[Evidence, Outcome], ...]] = (
    case(
        "D01",
        "the decision is not about treatment, or a detained patient is treated for mental disorder under its own Act",
        lambda e: (
            e.regime == _REGIME
            or (e.nexus_asked and all_yes(e.record.detained, e.record.treats_mental_disorder) is YES)
        ),
        _D.OUT_OF_SCOPE,
        _A.JUDGEMENT,
        source="mca-2005",
        locator="s.27-29",
    ),
    case(
        "D03-emancipated",
        "the patient is under the age of majority; whether emancipated is unclear",
        lambda e: e.adult is UNCLEAR and e.maybe_emancipated,
        _D.MINOR_PATH,
        _A.CANNOT_TELL,
        _W.ESSENTIAL,
        "person.emancipated",
    ),
    case(
        "D03-age",
        "the age is not known",
        lambda e: e.adult not in {YES, NO},
        _D.MINOR_PATH,
        _A.CANNOT_TELL,
        _W.ESSENTIAL,
        "person.born_on",
    ),
    case(
        "D03",
        "the patient is under the age of majority",
        lambda e: e.adult is NO,
        _D.MINOR_PATH,
        _A.JUDGEMENT,
        _W.REQUIRED,
    ),
    case(
        "D02",
        "England and Wales: neither legal status nor kind of treatment rules the mental health Act out yet",
        lambda e: e.nexus_asked and NO not in {e.record.detained, e.record.treats_mental_disorder},
        _D.NOT_ESTABLISHED,
        _A.CANNOT_TELL,
        _W.REQUIRED,
        "detained",
        "treats_mental_disorder",
        source="mca-2005",
        locator="s.28",
    ),
    case(
        "D09-unnamed",
        "something is recorded, and which decision it is about is not, or is a word that no row knows",
        lambda e: e.regime is None and (e.latest is not None or e.court_exists or e.record.activated is YES),
        _D.NOT_ESTABLISHED,
        _A.CANNOT_TELL,
        _W.ESSENTIAL,
        "decision",
        source="mca-2005",
        locator="s.2(1)",
    ),
    case(
        "D04",
        "an order of a court that covers this decision is in force and was seen",
        lambda e: e.court is YES,
        _D.DECIDED_BY_COURT,
        _A.MET,
        source="nh-rsa-464-a",
        locator="464-A:25",
    ),
    case(
        "D05",
        "an order may exist; what it covers, whether it is in force, or the order itself has not been seen",
        lambda e: e.court_exists,
        _D.NOT_ESTABLISHED,
        _A.CANNOT_TELL,
        _W.ESSENTIAL,
        "deciders.covers_decision",
        "deciders.in_force",
        "deciders.authority_seen",
    ),
    case(
        "D05A",
        "an agent's authority is active, and the patient objects or an assessor finds capacity",
        lambda e: e.activated and e.record.activation_in_force is YES and e.disputed,
        _D.CONTESTED,
        _A.JUDGEMENT,
        source="seed",
        locator="Lack of Competency",
    ),
    case(
        "D05A-open",
        "the patient objects or an assessor finds capacity; whether an agent's authority is still active is not known",
        lambda e: e.activated and e.disputed,
        _D.NOT_ESTABLISHED,
        _A.CANNOT_TELL,
        _W.REQUIRED,
        "activation_in_force",
    ),
    case(
        "D05B",
        "an agent's authority was activated; whether it still is, whether the patient objects, or what an assessor "
        "concluded is not recorded",
        lambda e: (
            e.activated
            and not (
                e.record.activation_in_force is YES and set(e.objections) == {NO} and NOT_RECORDED not in e.conclusions
            )
        ),
        _D.ACTIVATED,
        _A.CANNOT_TELL,
        _W.REQUIRED,
        "activation_in_force",
        "activation_objected",
        "assessments.patient_objects",
        "assessments.conclusion",
    ),
    case(
        "D05B-unassessed",
        "an agent's authority is active and the patient does not object; whether anyone assessed this decision is not "
        "recorded",
        lambda e: e.activated and e.record.assessments is None,
        _D.ACTIVATED,
        _A.CANNOT_TELL,
        _W.RECOMMENDED,
        "assessments",
    ),
    case(
        "D05C",
        "an agent's authority is active and the patient does not object",
        lambda e: e.activated,
        _D.ACTIVATED,
        _A.MET,
        source="nh-rsa-137-j",
        locator="137-J:5 II",
    ),
    case(
        "D05D",
        "someone is named who would act on activation, and nobody recorded whether their authority is active",
        lambda e: (
            e.standing
            and e.record.activated in {NOT_RECORDED, UNCLEAR}
            and e.record.activation_in_force is not NO
            and e.someone_named
            and e.latest is not None
        ),
        _D.NOT_ESTABLISHED,
        _A.CANNOT_TELL,
        _W.REQUIRED,
        "activated",
    ),
    case(
        "D05E",
        "an authority was activated that does not serve here: every decision is assessed afresh, or nobody named holds "
        "it; and this one was not assessed",
        lambda e: e.active and e.latest is None,
        _D.NOT_ESTABLISHED,
        _A.CANNOT_TELL,
        _W.ESSENTIAL,
        "assessments",
        source="mca-2005",
        locator="s.2(1)",
    ),
    case(
        "D06",
        "no assessment, and no concern",
        lambda e: e.latest is None and e.record.concern is NO,
        _D.PRESUMED,
        _A.NOT_APPLICABLE,
        source="mca-2005",
        locator="s.1(2)",
    ),
    case(
        "D07-routine",
        "no assessment, and the record is silent about concern, for a routine decision",
        lambda e: e.latest is None and e.record.concern is NOT_RECORDED and e.routine is True and not is_high(e),
        _D.PRESUMED,
        _A.NOT_APPLICABLE,
        source="mca-2005",
        locator="s.1(2)",
    ),
    case(
        "D07",
        "no assessment, and the record is silent about concern, for a decision that is not known to be routine",
        lambda e: e.latest is None and e.record.concern is NOT_RECORDED,
        _D.PRESUMED,
        _A.CANNOT_TELL,
        _W.RECOMMENDED,
        "decision",
        "concern",
        source="mca-2005",
        locator="s.1(2)",
    ),
    case(
        "D08",
        "there is concern, and no assessment",
        lambda e: e.latest is None,
        _D.NOT_ESTABLISHED,
        _A.CANNOT_TELL,
        _W.ESSENTIAL,
        "assessments",
        source="seed",
        locator="Lack of Competency",
    ),
)

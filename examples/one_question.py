"""One question without a chart: who decides this decision? `python examples/one_question.py`."""

from datetime import date

from alliance_core import DecisionCapacity, Person, Recorded, explain, load_policy, review_capacity
from alliance_core.competency import CapacityAssessment

POLICY = load_policy("US")
ON = date(2026, 11, 24)

assessment = CapacityAssessment(
    id="assessment-1",
    assessed_on=ON,
    assessed_by="Dr. Noor Sample",
    conclusion=Recorded.UNCLEAR,
    understands=Recorded.YES,
    appreciates=Recorded.UNCLEAR,
)
record = DecisionCapacity(
    id="decision-1",
    decision="medication",
    person=Person(id="person-1", born_on="1961-07"),
    concern=Recorded.YES,
    assessments=(assessment,),
)


def main() -> None:
    review = review_capacity(record, policy=POLICY.competency, on=ON)
    print(f"{review.determination.value}; decides: {review.decider.value}; next: {review.step.value}")
    for finding in review.findings:
        print(explain(finding, policy=POLICY).summary)


if __name__ == "__main__":
    main()

"""The words of FHIR R4 (4.0.1) that may be repeated in a message: type names and element names, never anything else."""

from collections.abc import Mapping
from typing import Final

#: A resource type that is none of these is not named in any message: it may be a value in the wrong place.
TYPES: Final = frozenset(
    """
    Account ActivityDefinition AdverseEvent AllergyIntolerance Appointment AppointmentResponse AuditEvent Basic
    Binary BiologicallyDerivedProduct BodyStructure Bundle CapabilityStatement CarePlan CareTeam CatalogEntry
    ChargeItem ChargeItemDefinition Claim ClaimResponse ClinicalImpression CodeSystem Communication
    CommunicationRequest CompartmentDefinition Composition ConceptMap Condition Consent Contract Coverage
    CoverageEligibilityRequest CoverageEligibilityResponse DetectedIssue Device DeviceDefinition DeviceMetric
    DeviceRequest DeviceUseStatement DiagnosticReport DocumentManifest DocumentReference EffectEvidenceSynthesis
    Encounter Endpoint EnrollmentRequest EnrollmentResponse EpisodeOfCare EventDefinition Evidence EvidenceVariable
    ExampleScenario ExplanationOfBenefit FamilyMemberHistory Flag Goal GraphDefinition Group GuidanceResponse
    HealthcareService ImagingStudy Immunization ImmunizationEvaluation ImmunizationRecommendation
    ImplementationGuide InsurancePlan Invoice Library Linkage List Location Measure MeasureReport Media Medication
    MedicationAdministration MedicationDispense MedicationKnowledge MedicationRequest MedicationStatement
    MedicinalProduct MedicinalProductAuthorization MedicinalProductContraindication MedicinalProductIndication
    MedicinalProductIngredient MedicinalProductInteraction MedicinalProductManufactured MedicinalProductPackaged
    MedicinalProductPharmaceutical MedicinalProductUndesirableEffect MessageDefinition MessageHeader
    MolecularSequence NamingSystem NutritionOrder Observation ObservationDefinition OperationDefinition
    OperationOutcome Organization OrganizationAffiliation Parameters Patient PaymentNotice PaymentReconciliation
    Person PlanDefinition Practitioner PractitionerRole Procedure Provenance Questionnaire QuestionnaireResponse
    RelatedPerson RequestGroup ResearchDefinition ResearchElementDefinition ResearchStudy ResearchSubject
    RiskAssessment RiskEvidenceSynthesis Schedule SearchParameter ServiceRequest Slot Specimen SpecimenDefinition
    StructureDefinition StructureMap Subscription Substance SubstanceNucleicAcid SubstancePolymer SubstanceProtein
    SubstanceReferenceInformation SubstanceSourceMaterial SubstanceSpecification SupplyDelivery SupplyRequest Task
    TerminologyCapabilities TestReport TestScript ValueSet VerificationResult VisionPrescription
    """.split()  # noqa: SIM905  # a list of 148 strings is harder to read
)

#: Elements that every resource may have.
COMMON: Final = frozenset(
    ["resourceType", "id", "meta", "implicitRules", "language", "text", "contained", "extension", "modifierExtension"]
)

#: The other elements of the types that are read. A key that is none of these is counted, not named.
ELEMENTS: Final[Mapping[str, frozenset[str]]] = {
    kind: frozenset(names.split())
    for kind, names in {
        "Appointment": """
            identifier status cancelationReason serviceCategory serviceType specialty appointmentType reasonCode
            reasonReference priority description supportingInformation start end minutesDuration slot created comment
            patientInstruction basedOn participant requestedPeriod""",
        "CareTeam": """
            identifier status category name subject encounter period participant reasonCode reasonReference
            managingOrganization telecom note""",
        "Communication": """
            identifier instantiatesCanonical instantiatesUri basedOn partOf inResponseTo status statusReason category
            priority medium subject topic about encounter sent received recipient sender reasonCode reasonReference
            payload note""",
        "Condition": """
            identifier clinicalStatus verificationStatus category severity code bodySite subject encounter
            onsetDateTime onsetAge onsetPeriod onsetRange onsetString abatementDateTime abatementAge abatementPeriod
            abatementRange abatementString recordedDate recorder asserter stage evidence note""",
        "Consent": """
            identifier status scope category patient dateTime performer organization sourceAttachment sourceReference
            policy policyRule verification provision""",
        "DocumentReference": """
            masterIdentifier identifier status docStatus type category subject date author authenticator custodian
            relatesTo description securityLabel content context""",
        "Encounter": """
            identifier status statusHistory class classHistory type serviceType priority subject episodeOfCare basedOn
            participant appointment period length reasonCode reasonReference diagnosis account hospitalization
            location serviceProvider partOf""",
        "Location": """
            identifier status operationalStatus name alias description mode type telecom address physicalType position
            managingOrganization partOf hoursOfOperation availabilityExceptions endpoint""",
        "Medication": "identifier code status manufacturer form amount ingredient batch",
        "MedicationAdministration": """
            identifier instantiates partOf status statusReason category medicationCodeableConcept medicationReference
            subject context supportingInformation effectiveDateTime effectivePeriod performer reasonCode
            reasonReference request device note dosage eventHistory""",
        "MedicationDispense": """
            identifier partOf status statusReasonCodeableConcept statusReasonReference category
            medicationCodeableConcept medicationReference subject context supportingInformation performer location
            authorizingPrescription type quantity daysSupply whenPrepared whenHandedOver destination receiver note
            dosageInstruction substitution detectedIssue eventHistory""",
        "MedicationRequest": """
            identifier status statusReason intent category priority doNotPerform reportedBoolean reportedReference
            medicationCodeableConcept medicationReference subject encounter supportingInformation authoredOn requester
            performer performerType recorder reasonCode reasonReference instantiatesCanonical instantiatesUri basedOn
            groupIdentifier courseOfTherapyType insurance note dosageInstruction dispenseRequest substitution
            priorPrescription detectedIssue eventHistory""",
        "MedicationStatement": """
            identifier basedOn partOf status statusReason category medicationCodeableConcept medicationReference
            subject context effectiveDateTime effectivePeriod dateAsserted informationSource derivedFrom reasonCode
            reasonReference note dosage""",
        "Observation": """
            identifier basedOn partOf status category code subject focus encounter effectiveDateTime effectivePeriod
            effectiveTiming effectiveInstant issued performer valueQuantity valueCodeableConcept valueString
            valueBoolean valueInteger valueRange valueRatio valueSampledData valueTime valueDateTime valuePeriod
            dataAbsentReason interpretation note bodySite method specimen device referenceRange hasMember derivedFrom
            component""",
        "Patient": """
            identifier active name telecom gender birthDate deceasedBoolean deceasedDateTime address maritalStatus
            multipleBirthBoolean multipleBirthInteger photo contact communication generalPractitioner
            managingOrganization link""",
        "Procedure": """
            identifier instantiatesCanonical instantiatesUri basedOn partOf status statusReason category code subject
            encounter performedDateTime performedPeriod performedString performedAge performedRange recorder asserter
            performer location reasonCode reasonReference bodySite outcome report complication complicationDetail
            followUp note focalDevice usedReference usedCode""",
        "QuestionnaireResponse": """
            identifier basedOn partOf questionnaire status subject encounter authored author source item""",
        "RelatedPerson": """
            identifier active patient relationship name telecom gender birthDate address photo period communication""",
    }.items()
}

#: What an unread key is counted as when R4 does not define it for the type.
NOT_R4: Final = "(no R4 element)"


def shown(kind: str, key: str) -> str:
    """Return an unread key as it may be named: an R4 element of the type, else one word for all others."""
    known = key.removeprefix("_") in ELEMENTS[kind] or key.removeprefix("_") in COMMON
    return key if known else NOT_R4

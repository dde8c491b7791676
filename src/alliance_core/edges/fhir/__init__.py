"""FHIR R4: Bundles, folders and NDJSON into charts, with an account of every resource; and charts into Bundles."""

from alliance_core.edges.fhir.bundles import read_bundle, read_folder, read_ndjson
from alliance_core.edges.fhir.charts import write_chart_bundle
from alliance_core.edges.fhir.ledger import ElementNote, NotNeeded, NotUnderstood, Read

__all__ = [
    "ElementNote",
    "NotNeeded",
    "NotUnderstood",
    "Read",
    "read_bundle",
    "read_folder",
    "read_ndjson",
    "write_chart_bundle",
]

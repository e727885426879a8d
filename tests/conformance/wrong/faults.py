"""Each case's fault, by the case's id."""

from tests.conformance.wrong import (
    faults_commands,
    faults_crash,
    faults_fields,
    faults_framing,
    faults_http,
    faults_opening,
    faults_phases,
    faults_resume,
    faults_streams,
    faults_told,
    faults_voice,
)
from tests.conformance.wrong.tampering import Fault

FAULTS: dict[str, Fault] = {
    **faults_commands.FAULTS,
    **faults_crash.FAULTS,
    **faults_fields.FAULTS,
    **faults_framing.FAULTS,
    **faults_http.FAULTS,
    **faults_opening.FAULTS,
    **faults_phases.FAULTS,
    **faults_resume.FAULTS,
    **faults_streams.FAULTS,
    **faults_told.FAULTS,
    **faults_voice.FAULTS,
}

"""Records a session of a trace a turn and a conversation in one trace with MLflow's client, and reads with it what a judge says of each.

Usage: python session_scores.py TRACKING_URI. Prints one JSON object a line once the judge has spoken.
"""

import json
import os
import sys
import time

os.environ.setdefault("MLFLOW_ENABLE_ASYNC_TRACE_LOGGING", "false")

import mlflow
from mlflow.tracking import MlflowClient

uri = sys.argv[1]
mlflow.set_tracking_uri(uri)
client = MlflowClient(uri)
experiment_id = client.create_experiment("session-scores")
mlflow.set_experiment(experiment_id=experiment_id)


def turn(number, user_text, agent_text, session=None):
    with mlflow.start_span("turn") as span:
        if session is not None:
            mlflow.update_current_trace(metadata={"mlflow.trace.session": session})
        span.set_attributes(
            {"turn.number": number, "turn.user_text": user_text, "turn.agent_text": agent_text}
        )
    return mlflow.get_last_active_trace_id()


def judged(trace_id):
    """Waits until a judge has said all of it, which it says of a conversation once that has several turns."""
    for _ in range(3000):
        trace = client.get_trace(trace_id)
        found = [a for a in trace.info.assessments if a.span_id is None and a.value is not None]
        if len(found) == 3:
            return
        time.sleep(0.1)
    raise AssertionError(f"too little was said of {trace_id}: {found}")


first = turn(1, "My name is Ada.", "Hello Ada.", "of-turns")
last = turn(2, "Book a table, please.", "Done, Ada.", "of-turns")
with mlflow.start_span("conversation"):
    mlflow.update_current_trace(metadata={"mlflow.trace.session": "of-one-trace"})
    turn(1, "Where is my parcel?", "On its way.")
    turn(2, "Thank you.", "Gladly.")
whole = mlflow.get_last_active_trace_id()
judged(first)
judged(whole)

for session in mlflow.search_sessions(locations=[experiment_id]):
    traces = sorted(session, key=lambda trace: trace.info.request_time)
    for place, trace in enumerate(traces):
        for found in trace.info.assessments:
            if found.span_id is not None:
                continue
            print(
                json.dumps(
                    {
                        "session": session.id,
                        "place": place,
                        "name": found.name,
                        "value": found.value,
                        "source": found.source.source_type,
                        "of": found.metadata["mlflow.trace.session"],
                    }
                )
            )

"""Uses the real MLflow client against a running server: experiments, runs, metrics, traces, tags, assessments.

Usage: python check.py TRACKING_URI. Prints one line a check, and ends with a traceback at the first that fails.
"""

import math
import os
import sys
import tempfile
import time
import uuid

os.environ.setdefault("MLFLOW_ENABLE_ASYNC_TRACE_LOGGING", "false")

import mlflow
import requests
from mlflow.entities import AssessmentSource, AssessmentError, Feedback, Metric, Param, RunTag, SpanType, ViewType
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient


def check(name, condition, shown=None):
    if not condition:
        raise AssertionError(f"{name}: {shown!r}")
    print("ok", name)


def fails(name, code, action):
    try:
        action()
    except MlflowException as error:
        check(name, error.error_code == code, (error.error_code, str(error)))
    else:
        raise AssertionError(f"{name}: no error")


uri = sys.argv[1]
mlflow.set_tracking_uri(uri)
client = MlflowClient(uri)
unique = uuid.uuid4().hex[:8]

# Experiments
name = f"python-{unique}"
experiment_id = client.create_experiment(name, tags={"team": "voice"})
experiment = client.get_experiment(experiment_id)
check("experiment is read", experiment.name == name and experiment.tags["team"] == "voice", experiment)
check("experiment is found by name", client.get_experiment_by_name(name).experiment_id == experiment_id)
check("unknown experiment is none", client.get_experiment_by_name("never-" + unique) is None)
fails("a taken name is refused", "RESOURCE_ALREADY_EXISTS", lambda: client.create_experiment(name))
found = client.search_experiments(filter_string=f"name = '{name}'")
check("experiments are searched", [e.experiment_id for e in found] == [experiment_id])
client.set_experiment_tag(experiment_id, "stage", "test")
check("experiments are searched by tag", len(client.search_experiments(filter_string="tags.stage = 'test'")) >= 1)
client.rename_experiment(experiment_id, name + "-2")
client.delete_experiment(experiment_id)
check("deleted experiment is marked", client.get_experiment(experiment_id).lifecycle_stage == "deleted")
client.restore_experiment(experiment_id)
mlflow.set_experiment(experiment_id=experiment_id)

# Runs
with mlflow.start_run(run_name="first") as run:
    mlflow.log_param("model", "small")
    mlflow.log_metric("loss", 0.5, step=1)
    mlflow.log_metric("loss", 0.25, step=2)
    mlflow.log_metrics({"nan": math.nan, "inf": math.inf})
    mlflow.set_tag("kind", "unit")
    run_id = run.info.run_id
client.log_batch(
    run_id,
    metrics=[Metric("batch", float(i), int(time.time() * 1000), i) for i in range(100)],
    params=[Param("p1", "1")],
    tags=[RunTag("t1", "1")],
)
read = client.get_run(run_id)
check("run is finished", read.info.status == "FINISHED" and read.info.run_name == "first", read.info)
check("latest metric", read.data.metrics["loss"] == 0.25, read.data.metrics)
check("NaN stays", math.isnan(read.data.metrics["nan"]))
check("infinity is the largest number", read.data.metrics["inf"] == sys.float_info.max, read.data.metrics["inf"])
check("params and tags", read.data.params == {"model": "small", "p1": "1"} and read.data.tags["kind"] == "unit")
check("history", [m.value for m in client.get_metric_history(run_id, "batch")] == [float(i) for i in range(100)])
check(
    "history in pages",
    len(client.get_metric_history(run_id, "batch")) == 100,
)
fails("a param never changes", "INVALID_PARAMETER_VALUE", lambda: client.log_param(run_id, "model", "large"))
fails("unknown run", "RESOURCE_DOES_NOT_EXIST", lambda: client.get_run("0" * 32))
second = client.create_run(experiment_id, run_name="second")
client.log_metric(second.info.run_id, "loss", 0.75)
by_metric = client.search_runs([experiment_id], "metrics.loss < 0.5 and params.model = 'small'")
check("runs are searched", [r.info.run_id for r in by_metric] == [run_id])
ordered = client.search_runs([experiment_id], order_by=["metrics.loss DESC"])
check("runs are ordered", [r.data.metrics["loss"] for r in ordered] == [0.75, 0.25])
page = client.search_runs([experiment_id], max_results=1)
check("runs come in pages", page.token and len(client.search_runs([experiment_id], max_results=1, page_token=page.token)) == 1)
client.delete_run(second.info.run_id)
check("deleted runs are hidden", len(client.search_runs([experiment_id])) == 1)
check("and found when asked for", len(client.search_runs([experiment_id], run_view_type=ViewType.DELETED_ONLY)) == 1)
client.restore_run(second.info.run_id)
client.set_terminated(second.info.run_id, "FAILED")
check("restored run", client.get_run(second.info.run_id).info.status == "FAILED")
client.delete_tag(run_id, "t1")
check("tag is deleted", "t1" not in client.get_run(run_id).data.tags)


# Traces
@mlflow.trace(span_type=SpanType.TOOL)
def add(a, b):
    return a + b


@mlflow.trace(span_type=SpanType.CHAIN, attributes={"origin": "check"})
def answer(question):
    mlflow.update_current_trace(
        tags={"colour": "green"},
        metadata={"mlflow.trace.session": "session-" + unique, "mlflow.trace.user": "someone"},
    )
    with mlflow.start_span("model", span_type=SpanType.CHAT_MODEL) as span:
        span.set_inputs({"messages": [{"role": "user", "content": question}]})
        span.set_outputs({"choices": [{"message": {"role": "assistant", "content": "Three."}}]})
        span.set_attribute("mlflow.chat.tokenUsage", {"input_tokens": 7, "output_tokens": 3, "total_tokens": 10})
    return add(1, 2)


answer("What is one and two?")
trace_id = mlflow.get_last_active_trace_id()
trace = client.get_trace(trace_id)
spans = {span.name: span for span in trace.data.spans}
check("trace is read with its spans", set(spans) == {"answer", "model", "add"}, spans)
check("state", trace.info.state.value == "OK", trace.info)
check("experiment of the trace", trace.info.experiment_id == experiment_id)
check("duration", trace.info.execution_duration is not None)
check("span types", spans["add"].span_type == "TOOL" and spans["model"].span_type == "CHAT_MODEL")
check("inputs and outputs", spans["add"].inputs == {"a": 1, "b": 2} and spans["add"].outputs == 3, spans["add"].inputs)
check("parents", spans["model"].parent_id == spans["answer"].span_id and spans["answer"].parent_id is None)
check("attributes", spans["answer"].attributes["origin"] == "check", spans["answer"].attributes)
check("tags", trace.info.tags["colour"] == "green" and trace.info.tags["mlflow.traceName"] == "answer", trace.info.tags)
check("session", trace.info.trace_metadata["mlflow.trace.session"] == "session-" + unique)
check("tokens", trace.info.token_usage["total_tokens"] == 10, trace.info.token_usage)
check("previews", "one and two" in trace.info.request_preview, trace.info.request_preview)


@mlflow.trace
def broken():
    raise ValueError("meant to fail")


try:
    broken()
except ValueError:
    pass
failed_id = mlflow.get_last_active_trace_id()
failed = client.get_trace(failed_id)
check("a failure is an error", failed.info.state.value == "ERROR")
check("its exception is an event", failed.data.spans[0].events[0].name == "exception", failed.data.spans[0].events)


def search(filter_string=None, **options):
    found = client.search_traces(locations=[experiment_id], filter_string=filter_string, **options)
    return [trace.info.trace_id for trace in found]


check("traces are searched", set(search()) == {trace_id, failed_id})
check("newest first", search() == [failed_id, trace_id])
check("by state", search("trace.status = 'ERROR'") == [failed_id])
check("by tag", search("tags.colour = 'green'") == [trace_id])
check("by metadata", search(f"metadata.`mlflow.trace.session` = 'session-{unique}'") == [trace_id])
check("by name", search("trace.name LIKE 'answ%'") == [trace_id])
check("by span", search("span.type = 'TOOL' AND span.name = 'add'") == [trace_id])
check("by attribute of a span", search("span.attributes.origin = 'check'") == [trace_id])
check("ordered", search(order_by=["timestamp_ms ASC"]) == [trace_id, failed_id])
page = client.search_traces(locations=[experiment_id], max_results=1)
check("in pages", page.token and len(client.search_traces(locations=[experiment_id], max_results=1, page_token=page.token)) == 1)
fails("a malformed filter is refused", "INVALID_PARAMETER_VALUE", lambda: search("colour is green"))

client.set_trace_tag(trace_id, "later", "yes")
check("tag is set", client.get_trace(trace_id).info.tags["later"] == "yes")
client.delete_trace_tag(trace_id, "later")
check("tag is deleted", "later" not in client.get_trace(trace_id).info.tags)

# Assessments
human = AssessmentSource(source_type="HUMAN", source_id="someone")
feedback = mlflow.log_feedback(
    trace_id=trace_id, name="judge.tone", value=4, rationale="Friendly.", source=human, span_id=spans["model"].span_id,
    metadata={"turn": "1"},
)
expectation = mlflow.log_expectation(trace_id=trace_id, name="expected", value={"sum": 3}, source=human)
judge = AssessmentSource(source_type="LLM_JUDGE", source_id="gpt-4o")
mlflow.log_assessment(
    trace_id,
    Feedback(name="judge.coherence", source=judge, error=AssessmentError(error_code="RATE_LIMIT", error_message="Slow down.")),
)
assessments = {a.name: a for a in client.get_trace(trace_id).info.assessments}
check("assessments are on the trace", set(assessments) == {"judge.tone", "expected", "judge.coherence"}, assessments)
check("feedback", assessments["judge.tone"].value == 4 and assessments["judge.tone"].rationale == "Friendly.")
check("its span", assessments["judge.tone"].span_id == spans["model"].span_id)
check("expectation", assessments["expected"].value == {"sum": 3}, assessments["expected"])
check("error", assessments["judge.coherence"].error.error_code == "RATE_LIMIT")
check("by feedback", search("feedback.`judge.tone` = '4'") == [trace_id])
corrected = mlflow.override_feedback(trace_id=trace_id, assessment_id=feedback.assessment_id, value=2, source=human)
check("an override keeps the old one, invalid", mlflow.get_assessment(trace_id, feedback.assessment_id).valid is False)
mlflow.update_assessment(
    trace_id, expectation.assessment_id, mlflow.entities.Expectation(name="expected", value=5, source=human)
)
check("expectation is updated", mlflow.get_assessment(trace_id, expectation.assessment_id).value == 5)
mlflow.delete_assessment(trace_id, corrected.assessment_id)
check("deleting an override restores", mlflow.get_assessment(trace_id, feedback.assessment_id).valid is True)
fails("unknown assessment", "RESOURCE_DOES_NOT_EXIST", lambda: mlflow.get_assessment(trace_id, "a-none"))

# A trace in a run, and a trace that is still open.
with mlflow.start_run(run_name="with traces") as run:
    answer("again")
check("by run", search(f"run_id = '{run.info.run_id}'") == [mlflow.get_last_active_trace_id()])
check("deleting", client.delete_traces(experiment_id, trace_ids=[failed_id]) == 1)
fails("a deleted trace is gone", "RESOURCE_DOES_NOT_EXIST", lambda: client.get_trace(failed_id))

# Files of a run
with mlflow.start_run() as run:
    mlflow.log_text("hello", "notes/hello.txt")
check("a file is stored and read", mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/notes/hello.txt") == "hello")

# Sampled history, beside MLflow's own store
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

with tempfile.TemporaryDirectory() as directory:
    reference = SqlAlchemyStore(f"sqlite:///{directory}/reference.db", directory)
    reference_experiment = reference.create_experiment("reference")
    histories = {
        "line": [Metric("line", float(i), 1000 + i, i) for i in range(1003)],
        "one step": [Metric("one step", float(i * 7 % 31), 1000 + i // 3, 0) for i in range(200)],
        "odd": [Metric("odd", math.nan if i % 5 == 0 else -i / 3, 1000 - i, i // 2 - 20) for i in range(97)],
    }
    ours, theirs = [], []
    for shift in range(2):
        ours.append(client.create_run(experiment_id).info.run_id)
        theirs.append(reference.create_run(reference_experiment, "", 0, [], "").info.run_id)
        for metrics in histories.values():
            for first in range(0, len(metrics), 500):
                client.log_batch(ours[-1], metrics=metrics[first + shift : first + 500])
                reference.log_batch(theirs[-1], metrics[first + shift : first + 500], [], [])

    def sampled(run_ids, read):
        return [
            (run_ids.index(m.run_id), m.step, m.timestamp, "NaN" if math.isnan(m.value) else m.value) for m in read
        ]

    def sampled_by_us(**query):
        answer = requests.get(f"{uri}/ajax-api/2.0/mlflow/metrics/get-history-bulk-interval", query)
        answer.raise_for_status()
        metrics = answer.json().get("metrics", [])
        return [(ours.index(m["run_id"]), m["step"], m["timestamp"], m["value"]) for m in metrics]

    for key in histories:
        for most in (1, 2, 3, 10, 96, 97, 320, 2500):
            for steps in ((None, None), (0, 0), (-5, 400)):
                expected = sampled(
                    theirs, reference.get_metric_history_bulk_interval(theirs, key, most, steps[0], steps[1])
                )
                query = {"run_ids": ours, "metric_key": key, "max_results": most}
                if steps[0] is not None:
                    query |= {"start_step": steps[0], "end_step": steps[1]}
                found = sampled_by_us(**query)
                check(f"sampled as MLflow does: {key}, {most}, {steps}", found == expected, (found[:5], expected[:5]))
print("all checks passed")

"""Uses what MLflow's Python client offers, area by area, against a running server, and tells what works.

Usage: python areas.py TRACKING_URI. Prints one JSON object a line: {"area", "works", "note"}. Never stops at a failure.
"""

import json
import os
import sys
import time
import traceback
import uuid

if len(sys.argv) > 2:
    os.environ["MLFLOW_ENABLE_ASYNC_TRACE_LOGGING"] = sys.argv[2]

import mlflow
from mlflow.tracking import MlflowClient

uri = sys.argv[1]
mlflow.set_tracking_uri(uri)
client = MlflowClient(uri)
unique = uuid.uuid4().hex[:8]
experiment_id = client.create_experiment(f"areas-{mlflow.__version__}-{unique}")
mlflow.set_experiment(experiment_id=experiment_id)
areas = []


class NotOffered(Exception):
    """This version of the client has no such thing."""


def area(name):
    def register(function):
        areas.append((name, function))
        return function

    return register


def wait(read, accept):
    for _ in range(100):
        value = read()
        if accept(value):
            return value
        time.sleep(0.1)
    raise AssertionError(f"waited in vain: {value!r}")


def traced(question, **metadata):
    @mlflow.trace(span_type="CHAIN")
    def answer(question):
        if metadata:
            mlflow.update_current_trace(metadata=metadata)
        with mlflow.start_span("model", span_type="CHAT_MODEL") as span:
            span.set_inputs({"messages": [{"role": "user", "content": question}]})
            span.set_outputs("Three.")
        return "Three."

    answer(question)
    flush = getattr(mlflow, "flush_trace_async_logging", None)
    if flush:
        flush()
    return mlflow.get_last_active_trace_id()


def search(filter_string=None):
    try:
        found = client.search_traces(locations=[experiment_id], filter_string=filter_string)
    except TypeError:
        found = client.search_traces(experiment_ids=[experiment_id], filter_string=filter_string)
    return [trace.info.trace_id for trace in found]


@area("experiments and runs: fluent API and MlflowClient")
def runs():
    with mlflow.start_run(run_name="a run") as run:
        mlflow.log_params({"lr": 0.1})
        mlflow.log_metrics({"loss": 0.5}, step=1)
        mlflow.set_tag("kind", "x")
    read = client.get_run(run.info.run_id)
    assert read.info.status == "FINISHED" and read.data.params == {"lr": "0.1"} and read.data.tags["kind"] == "x"
    assert [r.info.run_id for r in client.search_runs([experiment_id], "metrics.loss < 1")] == [run.info.run_id]
    client.delete_run(run.info.run_id)
    assert client.search_runs([experiment_id]) == []
    client.restore_run(run.info.run_id)
    other = client.create_experiment("other-" + unique)
    client.delete_experiment(other)
    client.restore_experiment(other)
    assert client.get_experiment_by_name("Default").experiment_id == "0"


@area("metric history")
def metrics():
    with mlflow.start_run() as run:
        for step in range(30):
            mlflow.log_metric("m", step * 1.5, step=step)
    history = client.get_metric_history(run.info.run_id, "m")
    assert [m.value for m in history] == [step * 1.5 for step in range(30)]


@area("datasets and files of runs")
def inputs():
    import pandas

    dataset = mlflow.data.from_pandas(pandas.DataFrame({"a": [1.0, 2.0]}), name="numbers")
    with mlflow.start_run() as run:
        mlflow.log_input(dataset, context="training")
        mlflow.log_text("hello", "notes/hello.txt")
    [used] = client.get_run(run.info.run_id).inputs.dataset_inputs
    assert used.dataset.name == "numbers" and used.tags[0].value == "training"
    found = client.search_runs([experiment_id], "dataset.name = 'numbers' and dataset.context = 'training'")
    assert [r.info.run_id for r in found] == [run.info.run_id]
    assert mlflow.artifacts.load_text(f"runs:/{run.info.run_id}/notes/hello.txt") == "hello"
    assert [f.path for f in client.list_artifacts(run.info.run_id, "notes")] == ["notes/hello.txt"]


@area("scikit-learn autologging")
def autolog():
    import sklearn.linear_model

    mlflow.sklearn.autolog(log_models=False, log_datasets=True)
    try:
        with mlflow.start_run() as run:
            sklearn.linear_model.LinearRegression().fit([[1.0], [2.0]], [1.0, 2.0])
    finally:
        mlflow.sklearn.autolog(disable=True)
    read = client.get_run(run.info.run_id)
    assert "training_r2_score" in read.data.metrics and read.data.params["fit_intercept"] == "True"


@area("tracing decorators and spans")
def tracing():
    trace_id = traced("One and two?")
    trace = wait(lambda: client.get_trace(trace_id), lambda t: t is not None and len(t.data.spans) == 2)
    spans = {span.name: span for span in trace.data.spans}
    assert spans["model"].parent_id == spans["answer"].span_id and spans["answer"].inputs == {"question": "One and two?"}
    assert trace.info.state.value == "OK" and trace.info.experiment_id == experiment_id


@area("search_traces, tags, deleting")
def searching():
    trace_id = traced("Find me.")
    wait(lambda: search("trace.status = 'OK' AND trace.name = 'answer'"), lambda found: trace_id in found)
    client.set_trace_tag(trace_id, "colour", "green")
    assert search("tags.colour = 'green'") == [trace_id]
    client.delete_trace_tag(trace_id, "colour")
    assert search("tags.colour = 'green'") == []
    assert client.delete_traces(experiment_id, trace_ids=[trace_id]) == 1


@area("sessions")
def sessions():
    first = traced("A", **{"mlflow.trace.session": "s-" + unique, "mlflow.trace.user": "u"})
    second = traced("B", **{"mlflow.trace.session": "s-" + unique})
    found = wait(
        lambda: search(f"metadata.`mlflow.trace.session` = 's-{unique}'"), lambda found: set(found) == {first, second}
    )
    assert found[-1] == first
    if hasattr(mlflow, "search_sessions"):
        [session] = mlflow.search_sessions(locations=[experiment_id])
        assert len(session) == 2


@area("feedback and expectations")
def assessments():
    trace_id = traced("Judge me.")
    wait(lambda: search(), lambda found: trace_id in found)
    source = mlflow.entities.AssessmentSource(source_type="HUMAN", source_id="me")
    feedback = mlflow.log_feedback(trace_id=trace_id, name="good", value=True, rationale="Because.", source=source)
    mlflow.log_expectation(trace_id=trace_id, name="expected", value={"a": 1}, source=source)
    read = {a.name: a for a in client.get_trace(trace_id).info.assessments}
    assert read["good"].value is True and read["expected"].value == {"a": 1}
    replaced = mlflow.override_feedback(trace_id=trace_id, assessment_id=feedback.assessment_id, value=False)
    assert mlflow.get_assessment(trace_id, feedback.assessment_id).valid is False
    mlflow.delete_assessment(trace_id, replaced.assessment_id)
    assert search("feedback.good = 'true'") == [trace_id]


@area("prompts: versions, aliases, tags, search")
def prompts():
    name = "greet-" + unique
    mlflow.genai.register_prompt(name=name, template="Hello {{name}}", commit_message="first", tags={"a": "b"})
    assert mlflow.genai.register_prompt(name=name, template="Hi {{name}}").version == 2
    mlflow.genai.set_prompt_alias(name, alias="production", version=1)
    assert mlflow.genai.load_prompt(f"prompts:/{name}@production").template == "Hello {{name}}"
    assert mlflow.genai.load_prompt(f"prompts:/{name}/2").template == "Hi {{name}}"
    assert name in [prompt.name for prompt in mlflow.genai.search_prompts()]
    assert [m.name for m in client.search_registered_models() if m.name == name] == []
    mlflow.genai.delete_prompt_alias(name, alias="production")


@area("registered models")
def registered_models():
    name = "model-" + unique
    client.create_registered_model(name, tags={"x": unique}, description="A model.")
    version = client.create_model_version(name, "mlflow-artifacts:/0/models/m-1")
    assert version.version in (1, "1") and version.status == "READY"
    client.set_registered_model_alias(name, "champion", version.version)
    assert client.get_model_version_by_alias(name, "champion").version == version.version
    assert [m.name for m in client.search_registered_models(f"tags.x = '{unique}'")] == [name]
    assert len(client.search_model_versions(f"name = '{name}'")) == 1
    client.delete_model_version(name, version.version)
    client.rename_registered_model(name, name + "-2")
    client.delete_registered_model(name + "-2")


@area("evaluation datasets")
def datasets():
    from mlflow.genai import datasets

    try:
        dataset = datasets.create_dataset(name="cases-" + unique, experiment_id=[experiment_id], tags={"t": "1"})
    except (ImportError, NotImplementedError) as error:
        raise NotOffered(str(error)) from error
    except TypeError as error:
        raise NotOffered(f"this version makes datasets on Databricks only ({error})") from error
    dataset.merge_records(
        [
            {"inputs": {"q": "a"}, "expectations": {"e": 1}},
            {"inputs": {"q": "b"}},
            {"inputs": {"q": "a"}, "expectations": {"f": 2}},
        ]
    )
    read = datasets.get_dataset(dataset_id=dataset.dataset_id)
    frame = read.to_df()
    assert len(frame) == 2 and frame["expectations"][0] == {"e": 1, "f": 2}, frame
    found = datasets.search_datasets(experiment_ids=[experiment_id], filter_string="name LIKE 'cases-%'")
    assert [one.dataset_id for one in found] == [dataset.dataset_id]
    datasets.set_dataset_tags(dataset_id=dataset.dataset_id, tags={"u": "2"})
    assert datasets.get_dataset(dataset_id=dataset.dataset_id).tags["u"] == "2"
    datasets.delete_dataset(dataset_id=dataset.dataset_id)


@area("scorers")
def scorers():
    from mlflow.genai.judges import make_judge

    try:
        from mlflow.genai.scorers import delete_scorer, get_scorer, list_scorers
    except ImportError as error:
        raise NotOffered(str(error)) from error
    judge = make_judge(name="kind", instructions="Is {{ outputs }} kind?", model="openai:/gpt-4o-mini")
    judge.register(experiment_id=experiment_id)
    judge.register(experiment_id=experiment_id)
    assert [scorer.name for scorer in list_scorers(experiment_id=experiment_id)] == ["kind"]
    assert get_scorer(name="kind", experiment_id=experiment_id, version=1).instructions == "Is {{ outputs }} kind?"
    delete_scorer(name="kind", experiment_id=experiment_id, version="all")
    assert list_scorers(experiment_id=experiment_id) == []


@area("evaluation with a scorer in code")
def evaluation():
    from mlflow.genai.scorers import scorer

    @scorer
    def long_enough(outputs):
        return len(outputs) > 1

    # MLflow loads it ahead of worker threads that might, which takes longer than all that is done here.
    sys.modules["databricks.sdk"] = None
    result = mlflow.genai.evaluate(
        data=[{"inputs": {"question": "a"}}, {"inputs": {"question": "b"}}],
        predict_fn=lambda question: question * 2,
        scorers=[long_enough],
    )
    assert result.metrics["long_enough/mean"] == 1.0, result.metrics
    assert client.get_run(result.run_id).data.metrics["long_enough/mean"] == 1.0


@area("logged models")
def logged_models():
    model = mlflow.create_external_model(name="external", params={"temperature": "0.5"}, tags={"k": "v"})
    assert mlflow.get_logged_model(model.model_id).params == {"temperature": "0.5"}
    assert [m.model_id for m in mlflow.search_logged_models([experiment_id], output_format="list")] == [model.model_id]


for name, function in areas:
    try:
        function()
        result = {"area": name, "works": True, "note": ""}
    except NotOffered as absent:
        result = {"area": name, "works": None, "note": str(absent)}
    except BaseException as error:
        traceback.print_exc()
        text = f"{type(error).__name__}: {error}".split("\n")[0]
        result = {"area": name, "works": False, "note": text[:300]}
    print(json.dumps({"version": mlflow.__version__, **result}), flush=True)

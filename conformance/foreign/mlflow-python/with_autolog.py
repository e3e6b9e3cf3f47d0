"""MLflow's autologging of the OpenAI library and its decorators, exported through OTLP."""

import mlflow

from program import get_weather, run

mlflow.openai.autolog()


@mlflow.trace(span_type="TOOL")
def weather(city):
    return get_weather(city)


@mlflow.trace(span_type="RETRIEVER")
def retrieve(question):
    return [
        {"page_content": "Noon is at twelve.", "id": "7", "metadata": {"doc_uri": "time.md"}},
        {"page_content": "Paris is in France.", "id": "8", "metadata": {}},
    ]


@mlflow.trace(name="answer", span_type="AGENT")
def answer(question):
    mlflow.update_current_trace(metadata={"mlflow.trace.session": "session-1", "mlflow.trace.user": "user-1"})
    retrieve(question)
    run(use_tool=weather)
    return "done"


answer("What time is it?")
mlflow.flush_trace_async_logging()

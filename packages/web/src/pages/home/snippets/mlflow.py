import mlflow

mlflow.set_tracking_uri("http://127.0.0.1:5000")
mlflow.set_experiment("my-agent")


@mlflow.trace
def answer(question):
    return "It is noon."


answer("What time is it?")

"""An application that asks a language model in every way, and knows nothing of who watches it."""

import json
import os

import openai

with open(os.environ["VOXTRACE_CALL"], encoding="utf-8") as file:
    call = json.load(file)

TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "Tells the weather in a city.",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
        },
    }
]


def get_weather(city):
    return call["exchanges"][1]["tool"]["result"]


def ask(client, messages, **options):
    return client.chat.completions.create(model="small-model", temperature=0.2, messages=messages, **options)


def with_system(text):
    return [{"role": "system", "content": "You are brief."}, {"role": "user", "content": text}]


def run(use_tool=get_weather):
    """Asks once at once, once streamed, once with a tool, embeds a text, and asks a model that does not exist."""
    client = openai.OpenAI()
    at_once, weather, story, _ = [exchange["user"] for exchange in call["exchanges"]]

    ask(client, with_system(at_once))

    stream = ask(client, with_system(story), stream=True, stream_options={"include_usage": True})
    for _ in stream:
        pass

    messages = with_system(weather)
    message = ask(client, messages, tools=TOOLS).choices[0].message
    wanted = message.tool_calls[0]
    result = use_tool(**json.loads(wanted.function.arguments))
    messages += [message, {"role": "tool", "tool_call_id": wanted.id, "content": result}]
    ask(client, messages, tools=TOOLS)

    client.embeddings.create(model="small-embedding", input="What time is it?")

    try:
        client.chat.completions.create(model="missing", messages=with_system(at_once))
    except openai.NotFoundError:
        pass

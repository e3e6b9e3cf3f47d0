"""Holds the call of call.json with a Pipecat agent: its own pipeline, turn taking and OpenAI services, and a caller
who speaks tones. Only the caller, the ear for tones and the far end of the services are ours."""

import asyncio
import json
import math
import os
import struct

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from pipecat.adapters.llm.schemas.function_schema import FunctionSchema
from pipecat.adapters.llm.schemas.tools_schema import ToolsSchema
from pipecat.audio.vad.vad_analyzer import VADAnalyzer, VADParams
from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    BotStoppedSpeakingFrame,
    EndFrame,
    InputAudioRawFrame,
    LLMRunFrame,
)
from pipecat.observers.base_observer import BaseObserver
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
    LLMUserAggregatorParams,
)
from pipecat.services.openai.llm import OpenAILLMService
from pipecat.services.openai.stt import OpenAISTTService
from pipecat.services.openai.tts import OpenAITTSService
from pipecat.transports.base_input import BaseInputTransport
from pipecat.transports.base_output import BaseOutputTransport
from pipecat.transports.base_transport import TransportParams
from pipecat.turns.user_stop import SpeechTimeoutUserTurnStopStrategy
from pipecat.turns.user_turn_strategies import UserTurnStrategies
from pipecat.utils.tracing.setup import setup_tracing
from pipecat.workers.runner import WorkerRunner

with open(os.environ["VOXTRACE_CALL"], encoding="utf-8") as file:
    call = json.load(file)

RATE = 16_000
FRAME_SECONDS = 0.02
SAMPLES = int(RATE * FRAME_SECONDS)
TONE = struct.pack(f"<{SAMPLES}h", *(int(20_000 * math.sin(i * 0.3)) for i in range(SAMPLES)))
SILENCE = bytes(2 * SAMPLES)


class ToneEar(VADAnalyzer):
    """Takes a tone for speech."""

    def num_frames_required(self):
        return SAMPLES

    def voice_confidence(self, buffer):
        return 1.0 if any(buffer) else 0.0


class Microphone(BaseInputTransport):
    async def start(self, frame):
        await super().start(frame)
        await self.set_transport_ready(frame)

    async def hear(self, audio):
        await self.push_audio_frame(InputAudioRawFrame(audio=audio, sample_rate=RATE, num_channels=1))


class Loudspeaker(BaseOutputTransport):
    async def start(self, frame):
        await super().start(frame)
        await self.set_transport_ready(frame)

    async def write_audio_frame(self, frame):
        await asyncio.sleep(len(frame.audio) / 2 / frame.sample_rate)
        return True


class Speaking(BaseObserver):
    """Knows whether the agent speaks."""

    def __init__(self):
        super().__init__()
        self.started = asyncio.Event()
        self.stopped = asyncio.Event()

    async def on_push_frame(self, data):
        if isinstance(data.frame, BotStartedSpeakingFrame):
            self.stopped.clear()
            self.started.set()
        elif isinstance(data.frame, BotStoppedSpeakingFrame):
            self.started.clear()
            self.stopped.set()


async def say(microphone, seconds):
    for _ in range(int(seconds / FRAME_SECONDS)):
        await microphone.hear(TONE)
        await asyncio.sleep(FRAME_SECONDS)


async def be_silent(microphone):
    while True:
        await microphone.hear(SILENCE)
        await asyncio.sleep(FRAME_SECONDS)


async def main():
    setup_tracing(service_name=os.environ["OTEL_SERVICE_NAME"], exporter=OTLPSpanExporter())

    params = TransportParams(
        audio_in_enabled=True,
        audio_in_sample_rate=RATE,
        audio_out_enabled=True,
        audio_out_sample_rate=24_000,
        audio_out_end_silence_secs=0,
    )
    microphone, loudspeaker = Microphone(params), Loudspeaker(params)
    llm = OpenAILLMService(settings=OpenAILLMService.Settings(model="small-model"))

    async def get_weather(call_parameters):
        await call_parameters.result_callback(call["exchanges"][1]["tool"]["result"])

    llm.register_function("get_weather", get_weather)
    weather = FunctionSchema(
        name="get_weather",
        description="Tells the weather in a city.",
        properties={"city": {"type": "string"}},
        required=["city"],
    )
    context = LLMContext(
        [{"role": "system", "content": "Greet the user."}], tools=ToolsSchema(standard_tools=[weather])
    )
    aggregators = LLMContextAggregatorPair(
        context,
        user_params=LLMUserAggregatorParams(
            vad_analyzer=ToneEar(params=VADParams(start_secs=0.1, stop_secs=0.2, min_volume=0)),
            user_turn_strategies=UserTurnStrategies(
                stop=[SpeechTimeoutUserTurnStopStrategy(user_speech_timeout=0.3)]
            ),
        ),
    )
    pipeline = Pipeline(
        [
            microphone,
            OpenAISTTService(),
            aggregators.user(),
            llm,
            OpenAITTSService(),
            loudspeaker,
            aggregators.assistant(),
        ]
    )
    speaking = Speaking()
    worker = PipelineWorker(
        pipeline,
        params=PipelineParams(enable_metrics=True, enable_usage_metrics=True),
        enable_tracing=True,
        conversation_id="session-1",
        observers=[speaking],
    )

    async def talk():
        await worker.queue_frames([LLMRunFrame()])
        for exchange in [None, *call["exchanges"]]:
            if exchange is not None:
                speaking.stopped.clear()
                await say(microphone, 0.5)
            silence = asyncio.create_task(be_silent(microphone))
            await speaking.started.wait()
            if exchange is not None and exchange.get("interrupted"):
                await asyncio.sleep(1)
            else:
                await speaking.stopped.wait()
                await asyncio.sleep(0.3)
            silence.cancel()
        await asyncio.sleep(0.5)
        await worker.queue_frame(EndFrame())

    runner = WorkerRunner()
    await runner.add_workers(worker)
    await asyncio.gather(runner.run(), talk())


asyncio.run(main())

"""Holds the call of call.json with a LiveKit agent: its own session, turn taking and OpenAI plugin, and a caller who
speaks tones. Only the caller, the ear for tones and the far end of the services are ours."""

import asyncio
import json
import math
import os
import struct
import time

from livekit import rtc
from livekit.agents import Agent, AgentSession, function_tool, vad
from livekit.agents.telemetry import set_tracer_provider
from livekit.agents.voice import io
from livekit.plugins import openai
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

with open(os.environ["VOXTRACE_CALL"], encoding="utf-8") as file:
    call = json.load(file)

RATE = 16_000
FRAME_SECONDS = 0.02
SAMPLES = int(RATE * FRAME_SECONDS)
TONE = struct.pack(f"<{SAMPLES}h", *(int(20_000 * math.sin(i * 0.3)) for i in range(SAMPLES)))
SILENCE = bytes(2 * SAMPLES)
END_SILENCE_SECONDS = 0.2


class ToneEar(vad.VAD):
    """Takes a tone for speech."""

    def __init__(self):
        super().__init__(capabilities=vad.VADCapabilities(update_interval=FRAME_SECONDS))

    def stream(self):
        return ToneStream(self)


class ToneStream(vad.VADStream):
    async def _main_task(self):
        heard, speech, silence, index = [], 0.0, 0.0, 0

        def event(kind):
            return vad.VADEvent(
                type=kind,
                samples_index=index,
                timestamp=time.time(),
                speech_duration=speech,
                silence_duration=silence,
                frames=list(heard),
                speaking=speech > 0,
                raw_accumulated_silence=silence,
                raw_accumulated_speech=speech,
            )

        async for frame in self._input_ch:
            if not isinstance(frame, rtc.AudioFrame):
                heard, speech, silence = [], 0.0, 0.0
                continue
            index += frame.samples_per_channel
            if any(bytes(frame.data)):
                heard.append(frame)
                silence = 0.0
                speech += frame.duration
                if speech == frame.duration:
                    self._event_ch.send_nowait(event(vad.VADEventType.START_OF_SPEECH))
            elif speech > 0:
                heard.append(frame)
                silence += frame.duration
                if silence >= END_SILENCE_SECONDS:
                    self._event_ch.send_nowait(event(vad.VADEventType.END_OF_SPEECH))
                    heard, speech, silence = [], 0.0, 0.0
            self._event_ch.send_nowait(event(vad.VADEventType.INFERENCE_DONE))


class Microphone(io.AudioInput):
    """Gives silence, and a tone while the caller speaks."""

    def __init__(self):
        super().__init__(label="Microphone")
        self.speaking = False

    async def __anext__(self):
        await asyncio.sleep(FRAME_SECONDS)
        return rtc.AudioFrame(TONE if self.speaking else SILENCE, RATE, 1, SAMPLES)

    async def say(self, seconds):
        self.speaking = True
        await asyncio.sleep(seconds)
        self.speaking = False


class Loudspeaker(io.AudioOutput):
    """Lets the time pass that the audio lasts."""

    def __init__(self):
        super().__init__(label="Loudspeaker", capabilities=io.AudioOutputCapabilities(pause=False))
        self.started = asyncio.Event()
        self.finished = asyncio.Event()
        self._seconds = 0.0
        self._began = 0.0
        self._playing = None

    async def capture_frame(self, frame):
        await super().capture_frame(frame)
        if self._seconds == 0:
            self._began = time.time()
            self.finished.clear()
            self.started.set()
            self.on_playback_started(created_at=self._began)
        self._seconds += frame.duration

    def flush(self):
        super().flush()
        if self._seconds > 0 and self._playing is None:
            left = self._began + self._seconds - time.time()
            self._playing = asyncio.get_running_loop().call_later(max(left, 0), self._finish, False)

    def clear_buffer(self):
        if self._playing is not None:
            self._playing.cancel()
            self._finish(True)

    def _finish(self, interrupted):
        position = min(time.time() - self._began, self._seconds)
        self._seconds, self._playing = 0.0, None
        self.started.clear()
        self.finished.set()
        self.on_playback_finished(playback_position=position, interrupted=interrupted)


class Assistant(Agent):
    def __init__(self):
        super().__init__(instructions="Greet the user.")

    async def on_enter(self):
        await self.session.say(call["greeting"])

    @function_tool
    async def get_weather(self, city: str) -> str:
        """Tells the weather in a city."""
        return call["exchanges"][1]["tool"]["result"]


async def main():
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    set_tracer_provider(provider, metadata={"session.id": "session-1"})

    microphone, loudspeaker = Microphone(), Loudspeaker()
    session = AgentSession(
        vad=ToneEar(),
        stt=openai.STT(model="gpt-4o-mini-transcribe", use_realtime=False),
        llm=openai.LLM(model="small-model"),
        tts=openai.TTS(response_format="pcm"),
        turn_detection="vad",
        min_endpointing_delay=0.3,
        min_interruption_duration=0.2,
        false_interruption_timeout=None,
    )
    session.input.audio = microphone
    session.output.audio = loudspeaker
    await session.start(Assistant())
    for exchange in [None, *call["exchanges"]]:
        if exchange is not None:
            await microphone.say(0.5)
        await loudspeaker.started.wait()
        if exchange is not None and exchange.get("interrupted"):
            await asyncio.sleep(1)
            loudspeaker.started.clear()
        else:
            await loudspeaker.finished.wait()
            await asyncio.sleep(0.3)
    await session.aclose()
    provider.shutdown()


asyncio.run(main())

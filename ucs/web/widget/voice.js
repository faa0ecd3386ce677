// A voice note from the microphone, in the first format that this browser writes and the server knows for sound.

const FORMATS = ["audio/ogg;codecs=opus", "audio/mp4", "audio/webm;codecs=opus"];
const LONGEST = 300_000; // milliseconds

/** Raises what the browser says if the microphone may not be used. */
export async function startRecording() {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  const mimeType = FORMATS.find((each) => MediaRecorder.isTypeSupported(each));
  const recorder = new MediaRecorder(stream, { mimeType, audioBitsPerSecond: 32_000 });
  /** @type {Blob[]} */
  const pieces = [];
  recorder.ondataavailable = ({ data }) => pieces.push(data);
  const ended = new Promise((done) => (recorder.onstop = done));
  const began = Date.now();
  const finish = () => recorder.state === "recording" && recorder.stop();
  const limit = setTimeout(finish, LONGEST);
  recorder.start();
  return {
    clock() {
      const seconds = Math.floor(Math.min(LONGEST, Date.now() - began) / 1000);
      return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    },
    /** @returns {Promise<File>} */
    async stop() {
      clearTimeout(limit);
      finish();
      await ended;
      for (const track of stream.getTracks()) track.stop();
      const type = recorder.mimeType.split(";")[0];
      return new File(pieces, `voice.${type.slice(6)}`, { type });
    },
  };
}

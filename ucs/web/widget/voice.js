// A voice note from the microphone, in the first format that this browser writes and the server knows for sound.

const FORMATS = [["audio/ogg;codecs=opus", "ogg"], ["audio/mp4", "m4a"], ["audio/webm;codecs=opus", "webm"]];
const LONGEST = 300_000; // milliseconds

export class Recording {
  /** Raises what the browser says if the microphone may not be used. */
  async start() {
    this.stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    const [type, ending] = FORMATS.find(([each]) => MediaRecorder.isTypeSupported(each)) ?? ["", "webm"];
    this.ending = ending;
    this.recorder = new MediaRecorder(this.stream, type ? { mimeType: type, audioBitsPerSecond: 32_000 } : {});
    /** @type {Blob[]} */
    this.pieces = [];
    this.recorder.ondataavailable = (event) => this.pieces?.push(event.data);
    this.ended = new Promise((done) => (/** @type {MediaRecorder} */ (this.recorder).onstop = done));
    this.began = Date.now();
    this.recorder.start();
    this.limit = setTimeout(() => this.recorder?.state === "recording" && this.recorder.stop(), LONGEST);
  }

  clock() {
    const seconds = Math.min(LONGEST, Date.now() - (this.began ?? 0)) / 1000;
    return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
  }

  /** @returns {Promise<File>} */
  async stop() {
    clearTimeout(this.limit);
    if (this.recorder?.state === "recording") this.recorder.stop();
    await this.ended;
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    const type = (this.recorder?.mimeType ?? "").split(";")[0];
    return new File(this.pieces ?? [], `voice.${this.ending}`, { type });
  }
}

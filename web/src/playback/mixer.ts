/**
 * Plays songs at equal loudness. A gain above 1 needs Web Audio. Without it, and in a browser that plays HLS itself
 * (Safari's output does not pass through Web Audio), the element's volume can still reduce loudness.
 */
export class Mixer {
  private context: AudioContext | undefined;
  private readonly gains = new Map<HTMLAudioElement, GainNode>();

  /** Must be called from a click, because browsers allow no sound before one. */
  wake(): void {
    if (typeof AudioContext === 'undefined') return;
    this.context ??= new AudioContext({ latencyHint: 'playback' });
    if (this.context.state === 'suspended') void this.context.resume();
  }

  /** `volume` 0 to 1 is the listener's, `gain` a factor is the song's. */
  set(audio: HTMLAudioElement, volume: number, gain: number, throughWebAudio: boolean): void {
    const node = throughWebAudio ? this.gainOf(audio) : undefined;
    if (node) node.gain.value = gain;
    audio.volume = Math.min(1, volume * (node ? 1 : Math.min(1, gain)));
  }

  private gainOf(audio: HTMLAudioElement): GainNode | undefined {
    if (!this.context) return undefined;
    let node = this.gains.get(audio);
    if (!node) {
      node = this.context.createGain();
      this.context.createMediaElementSource(audio).connect(node).connect(this.context.destination);
      this.gains.set(audio, node);
    }
    return node;
  }
}

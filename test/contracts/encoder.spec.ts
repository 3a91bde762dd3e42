import fluent from 'fluent-ffmpeg';

type Ring = { get(): string; callback(onLine: (line: string) => void): void };
type Callback = (...rest: unknown[]) => void;
type Spawn = (args: string[], options: object, ...callbacks: Callback[]) => void;

/** What src/audio/ffmpeg.service.ts relies on inside fluent-ffmpeg (docs/upgrading-dependencies.md). */
describe('fluent-ffmpeg', () => {
  it('spawns by `_spawnFfmpeg`, with the process and a buffer of lines for each of its outputs', async () => {
    const command = fluent()
      .input('anullsrc=d=0.1')
      .inputOptions('-hide_banner', '-f', 'lavfi')
      .outputOptions('-progress', 'pipe:1', '-f', 'null')
      .output('-');
    const spawn = Reflect.get(command, '_spawnFfmpeg') as Spawn;
    const callbacks: number[] = [];
    const lines: string[] = [];
    const replaced: Spawn = (args, options, ...given) => {
      callbacks.push(given.length);
      if (given.length === 1) return spawn.call(command, args, options, ...given);
      const [onProcess, onEnd] = given as [Callback, Callback];
      spawn.call(
        command,
        args,
        options,
        (child: unknown, stdout: unknown, stderr: unknown) => {
          (stdout as Ring).callback((line) => lines.push(line));
          expect((stderr as Ring).get()).toBe('');
          onProcess(child, stdout, stderr);
        },
        onEnd,
      );
    };
    Reflect.set(command, '_spawnFfmpeg', replaced);
    await new Promise((resolve, reject) => command.on('end', resolve).on('error', reject).run());
    // With one callback it asks what ffmpeg can do; with two it runs the command.
    expect(callbacks.at(-1)).toBe(2);
    expect(callbacks.slice(0, -1).every((count) => count === 1)).toBe(true);
    expect(lines).toContain('progress=end');
  });
});

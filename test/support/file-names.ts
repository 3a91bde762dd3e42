/**
 * What is wrong with the name of a source file; empty if nothing is. A file is named after its class, in kebab case and
 * with the class's role as a suffix: "songs.service.ts" has `SongsService`, "lease.service.ts" has `Lease`. Of several
 * classes one gives the name; a file of several inputs is named after what they describe. An error may stand beside the
 * functions that throw it, and several errors form an "*-errors.ts".
 */
export function misnamed(path: string, text: string): string[] {
  const [name = '', role] = path.split('/').at(-1)!.replace(/\.ts$/, '').split('.');
  const injectable = /^@Injectable\(/m.test(text);
  const stored = /^@Schema\(/m.test(text);
  const classes = classesThatName(text, role);
  const fits = classes.some((each) => [flat(name), flat(`${name}${role ?? ''}`)].includes(flat(each)));
  return [
    ...(injectable && stored ? ['has a service and a schema, which belong in two files'] : []),
    ...(injectable && role === undefined ? ['has an @Injectable class, but no role in its name'] : []),
    ...(stored && role !== 'schema' ? ['has a @Schema class, but is no *.schema.ts'] : []),
    ...(classes.length > 0 && !fits ? [`is not named after ${classes.join(' or ')}`] : []),
  ];
}

/** The exported classes, and functions that make classes, of which one has to give the file its name. */
function classesThatName(text: string, role: string | undefined): string[] {
  const exported = (what: RegExp) => [...text.matchAll(what)].map(([, name]) => name!);
  const classes = exported(/^export (?:abstract )?class (\w+)/gm);
  const errors = classes.filter((each) => each.endsWith('Error'));
  const others = classes.filter((each) => !each.endsWith('Error'));
  if (others.length === 0) {
    const isAlone = errors.length === 1 && !/^export (?!class|type|interface)/m.test(text);
    return isAlone ? errors : [];
  }
  if (others.length > 1 && role === 'input') return [];
  return [...others, ...exported(/^export function ([A-Z]\w+)/gm)];
}

const flat = (name: string): string => name.replaceAll('-', '').toLowerCase();

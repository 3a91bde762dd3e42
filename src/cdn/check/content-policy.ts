/** Directives that govern the requests a page makes for media. */
export type FetchDirective = 'connect-src' | 'media-src' | 'img-src';

/**
 * Says whether a page may load a URL under its Content-Security-Policies (CSP level 3, 6.7.2: all must allow it).
 *
 * @param policies values of the header or of meta elements, each possibly a list with commas
 */
export function policyAllows(
  policies: readonly string[],
  directive: FetchDirective,
  url: URL,
  page: URL,
): boolean {
  return policies
    .flatMap((each) => each.split(','))
    .every((policy) => allowsOne(policy, directive, url, page));
}

function allowsOne(policy: string, directive: FetchDirective, url: URL, page: URL): boolean {
  const sources = sourcesOf(policy, directive) ?? sourcesOf(policy, 'default-src');
  return sources === null || sources.some((source) => matches(source, url, page));
}

/** Null if the policy does not have the directive. If a directive occurs twice, the first one counts. */
function sourcesOf(policy: string, directive: string): string[] | null {
  for (const each of policy.split(';')) {
    const [name, ...sources] = each.trim().split(/\s+/);
    if (name?.toLowerCase() === directive) return sources;
  }
  return null;
}

const HOST_SOURCE =
  /^(?:([a-z][a-z\d+.-]*):\/\/)?(\*|(?:\*\.)?[\w-]+(?:\.[\w-]+)*\.?)(?::(\d+|\*))?(\/.*)?$/i;

function matches(source: string, url: URL, page: URL): boolean {
  if (source.toLowerCase() === "'self'")
    return url.host === page.host && isScheme(page.protocol.slice(0, -1), url);
  if (/^[a-z][a-z\d+.-]*:$/i.test(source)) return isScheme(source.slice(0, -1), url);
  if (source === '*') return /^https?:$/.test(url.protocol);
  const [, scheme, host, port, path] = HOST_SOURCE.exec(source) ?? [];
  if (host === undefined || !isScheme(scheme ?? page.protocol.slice(0, -1), url)) return false;
  return isHost(host.toLowerCase(), url) && isPort(port, url) && isPath(path, url);
}

/** A scheme of http: also matches https:. */
function isScheme(scheme: string, url: URL): boolean {
  const wanted = `${scheme.toLowerCase()}:`;
  return url.protocol === wanted || (wanted === 'http:' && url.protocol === 'https:');
}

function isHost(host: string, { hostname }: URL): boolean {
  if (host === '*') return true;
  return host.startsWith('*.') ? hostname.endsWith(host.slice(1)) : hostname === host;
}

function isPort(port: string | undefined, url: URL): boolean {
  if (port === '*') return true;
  const standard = url.protocol === 'https:' ? '443' : '80';
  const actual = url.port || standard;
  return actual === (port ?? standard) || (port === '80' && actual === '443');
}

/** A path ending in "/" matches everything below it. */
function isPath(path: string | undefined, { pathname }: URL): boolean {
  if (path === undefined || path === '/') return true;
  return path.endsWith('/') ? pathname.startsWith(path) : pathname === path;
}

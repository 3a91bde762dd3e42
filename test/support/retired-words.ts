/**
 * Words that meant something here which the field calls by another name. docs/glossary.md has the words that stay. A word
 * that can also be plain English is refused all the same: its plain meaning has other words.
 */
const RETIRED = [
  'house',
  'houses',
  'supplier',
  'suppliers',
  'news',
  'ledger',
  'ledgers',
  'courier',
  'leash',
  'leashed',
  'door',
  'doors',
  'room',
  'rooms',
  'desk',
  'desks',
  'standing',
  'standings',
  'intake',
  'reception',
  'judge',
  'judges',
  'judged',
  'judging',
  'patience',
  'patient',
  'impatient',
  'insist',
  'insists',
  'insistence',
  'attentive',
  'concern',
  'concerns',
  'remark',
  'remarks',
  'told',
  'untold',
  'whoever',
  'whomever',
];

/** Where a retired word has to stand, and why. The text around the word decides. */
const EXCEPTIONS: readonly { text: RegExp; why: string }[] = [
  { text: /house\.lock|suppliers\.json/g, why: 'Files in the data folder keep their names.' },
  {
    text: /'news\.missed'|`news\.missed`/g,
    why: 'Clients of Socket.io have one release to take the new name.',
  },
  {
    text: /\b(socket|adapter|server|local)s?\.rooms\b|Socket\.io rooms?|\brooms?(?=\.(get|keys|size|has)\b)/g,
    why: 'Socket.io calls it so.',
  },
  { text: /'leave-room'/g, why: 'An event of the adapter of Socket.io.' },
  { text: /const CHANNEL = 'news'/g, why: 'Two releases that run side by side share the Redis channel.' },
  { text: /'\.house\/probe'/g, why: 'The key of the probe in stores that are in use.' },
  { text: /[rR]ead ?[cC]oncerns?|(Mongo)?[wW]rite ?[cC]oncern(s|Error)?/g, why: 'MongoDB calls it so.' },
];

const WORD = new RegExp(`(?<![A-Za-z])(${RETIRED.join('|')})(?![a-z])`, 'gi');
const IN_NAMES =
  /[a-z](House|Door|Supplier|News|Ledger|Judge|Courier|Desk|Patience|Concern|Remark)s?(?![a-z])/g;

/** Every retired word in a text, with the number of its line: "12: house". */
export function retiredWords(text: string): string[] {
  return text.split('\n').flatMap((line, index) => {
    const rest = EXCEPTIONS.reduce((kept, { text: allowed }) => kept.replace(allowed, ''), line);
    const found = [...rest.matchAll(WORD), ...rest.matchAll(IN_NAMES)].map(([word]) => word);
    return found.map((word) => `${index + 1}: ${word}`);
  });
}

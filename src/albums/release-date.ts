const SHAPE = /^\d{4}(?:-\d{2}(?:-\d{2})?)?$/;

/** True for an existing year, month or day: "1997", "1997-09", "1997-09-22". */
export function isReleaseDate(text: string): boolean {
  if (!SHAPE.test(text)) return false;
  const day = new Date(`${text}${'-01-01'.slice(text.length - 4)}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

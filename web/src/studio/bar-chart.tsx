interface BarChartProps {
  bars: readonly { name: string; value: number; isBad?: boolean }[];
  format: (value: number) => string;
}

/** A bar chart of a few numbers; screen readers get a table. */
export function BarChart({ bars, format }: BarChartProps) {
  const most = Math.max(1, ...bars.map(({ value }) => value));
  return (
    <table className="w-full text-sm">
      <tbody>
        {bars.map(({ name, value, isBad = false }) => (
          <tr key={name}>
            <th scope="row" className="w-24 py-1 pr-3 text-left font-medium whitespace-nowrap">
              {name}
            </th>
            <td className="w-full py-1">
              <div className="h-3 overflow-hidden rounded-full bg-ink/8">
                <div
                  className={`h-full rounded-full ${isBad && value > 0 ? 'bg-danger' : 'bg-accent'}`}
                  style={{ width: `${(100 * value) / most}%` }}
                />
              </div>
            </td>
            <td className="py-1 pl-3 text-right whitespace-nowrap text-muted tabular-nums">{format(value)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

import { readFileSync } from 'node:fs';

export interface Panel {
  id: number;
  type: string;
  title: string;
  description?: string;
  datasource?: { uid: string };
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: { expr: string; legendFormat: string; datasource: { uid: string } }[];
}

export interface Dashboard {
  uid: string;
  panels: Panel[];
  templating: { list: { name: string; type: string; definition?: string }[] };
  annotations: { list: { expr: string; datasource: { uid: string } }[] };
}

export function readDashboard(): Dashboard {
  return JSON.parse(readFileSync('deploy/grafana/music.json', 'utf8')) as Dashboard;
}

/** The queries of every panel, with Grafana's variables replaced as Grafana does. */
export function questionsOf({ panels, annotations }: Dashboard): { title: string; expr: string }[] {
  const asked = panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr })));
  const marked = annotations.list.map(({ expr }) => ({ title: 'annotations', expr }));
  return [...asked, ...marked].map(({ title, expr }) => ({
    title,
    expr: expr.replaceAll('$__rate_interval', '1m').replaceAll(/\$(job|instance)\b/g, '.*'),
  }));
}

/** The series that an expression selects: each name with the labels it filters by. */
export function seriesIn(expr: string): { name: string; labels: string[] }[] {
  return [...expr.matchAll(/\b([a-z]\w*_\w+|up|ALERTS)\b(?!\()(?:\{([^}]*)\})?/g)]
    .map(([, name, chosen = '']) => ({
      name: name!,
      labels: [...chosen.matchAll(/(\w+)\s*(?:=~|!=|!~|=)/g)].map(([, label]) => label!),
    }))
    .filter(({ name }) => !/^(group_left|on|by)$/.test(name));
}

/** Labels an expression groups by. */
export function groupedBy(expr: string): string[] {
  return [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, labels]) =>
    labels!.split(',').map((l) => l.trim()),
  );
}

import editorWorker from 'monaco-editor/esm/vs/editor/editor.worker.js?worker&url';
import jsonWorker from 'monaco-editor/esm/vs/language/json/json.worker.js?worker&url';
import graphqlWorker from 'monaco-graphql/esm/graphql.worker.js?worker&url';
import { startWorker } from './trusted-types.js';

const BY_LANGUAGE: Readonly<Record<string, string>> = { graphql: graphqlWorker, json: jsonWorker };

/** Tells Monaco where its workers are. GraphiQL's own `setup-workers/vite` does so too, but Trusted Types refuse it. */
export function nameWorkers(): void {
  const getWorker = (_id: string, label: string) => startWorker(BY_LANGUAGE[label] ?? editorWorker);
  Object.assign(globalThis, { MonacoEnvironment: { getWorker } });
}

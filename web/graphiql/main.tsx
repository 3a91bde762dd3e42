import { GraphiQL } from 'graphiql';
import 'graphiql/style.css';
import { createRoot } from 'react-dom/client';
import { fetcher } from './fetcher.js';
import './graphiql.css';
import { nameWorkers } from './monaco-workers.js';
import { acceptDocumentation } from './trusted-types.js';

/** What stands in the editor at the first visit. */
const FIRST_QUERY = `# Sign in on the page of this server, and you ask as yourself here, too; or add a header:
# { "authorization": "Bearer …" }
{
  songs(first: 5) {
    nodes {
      title
      artist
    }
  }
}
`;

acceptDocumentation();
nameWorkers();
createRoot(document.getElementById('root')!).render(<GraphiQL fetcher={fetcher} defaultQuery={FIRST_QUERY} />);

import type { IncomingMessage, ServerResponse } from 'node:http';
import { AdminError } from './admin-error.ts';
import type { Reply } from './respond.ts';

/** One request on its way to a route. */
export interface RouteRequest {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly params: URLSearchParams;
  /** What stands in the place of `:name` in the path, decoded. */
  readonly name: string;
}

export interface Route {
  readonly method: 'GET' | 'POST';
  /** A path, whose last part may be `:name`. */
  readonly path: string;
  /** One sentence for the list of routes. */
  readonly does: string;
  /** Answers undefined when it has taken over the response. */
  answer(request: RouteRequest): Reply | undefined | Promise<Reply | undefined>;
}

export interface Match {
  readonly route: Route;
  readonly name: string;
}

/** Finds the route of a request. @throws AdminError 400, 404, 405 */
export function findRoute(routes: readonly Route[], method: string, path: string): Match {
  const matches = routes.flatMap((route): Match[] => {
    const name = nameIn(route.path, path);
    return name === undefined ? [] : [{ route, name }];
  });
  const wanted = method === 'HEAD' ? 'GET' : method;
  const match = matches.find(({ route }) => route.method === wanted);
  if (match !== undefined) return { ...match, name: decode(match.name) };
  if (matches.length === 0) {
    throw new AdminError(404, 'no_route', 'There is nothing here. GET /api lists the routes.');
  }
  const allowed = matches
    .flatMap(({ route }) => (route.method === 'GET' ? ['GET', 'HEAD'] : [route.method]))
    .join(', ');
  throw new AdminError(405, 'method_not_allowed', `This path takes ${allowed}.`, { headers: { allow: allowed } });
}

/** What the path has in the place of `:name`; empty when the route has none; undefined when they differ. */
function nameIn(pattern: string, path: string): string | undefined {
  if (!pattern.endsWith('/:name')) return pattern === path ? '' : undefined;
  const prefix = pattern.slice(0, -':name'.length);
  const rest = path.slice(prefix.length);
  return path.startsWith(prefix) && rest !== '' && !rest.includes('/') ? rest : undefined;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new AdminError(400, 'bad_path', 'The path is not valid percent-encoding.');
  }
}

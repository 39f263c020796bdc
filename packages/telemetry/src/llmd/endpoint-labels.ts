/** How llm-d names an endpoint: by the parts of its id, `namespace/name`. */
export function endpointLabels(id: string): { readonly endpoint_name: string; readonly namespace: string } {
  const slash = id.indexOf('/');
  return { endpoint_name: id.slice(slash + 1), namespace: id.slice(0, Math.max(0, slash)) };
}

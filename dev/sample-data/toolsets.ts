/** The tools that a model was offered: name → definition (JSON text, as the SDKs store it). */
export type Toolset = Readonly<Record<string, string>>;

function definition(description: string, parameters: Readonly<Record<string, string>>): string {
  const properties = Object.fromEntries(Object.entries(parameters).map(([name, type]) => [name, { type }]));
  return JSON.stringify({
    description,
    parameters: { type: 'object', properties, required: Object.keys(parameters).slice(0, 1) },
  });
}

export const toolsets: readonly Toolset[] = [
  {
    lookup_order: definition('Find an order by its number', { order_id: 'string' }),
    create_ticket: definition('Hand over to a person', { subject: 'string', priority: 'integer' }),
  },
  {
    web_search: definition('Search the web', { query: 'string', limit: 'integer' }),
    get_weather: definition('Weather of a place – 天気', { place: 'string' }),
    calculator: definition('Evaluate "a + b" and the like', { expression: 'string' }),
  },
  {
    read_file: definition('Read one file of the change', { path: 'string' }),
  },
];

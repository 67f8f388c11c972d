// Runs one OpenFeature client as a test tells it to: a command in JSON on each line of standard input, its
// result on a line of standard output. The providers are the published ones; only their fetch is watched.
import { createInterface } from "node:readline";

const [side, options] = [process.argv[2], JSON.parse(process.argv[3])];
const { OpenFeature, OFREPProvider, OFREPWebProvider } = await import(`./clients/${side}.mjs`);

const MILLISECONDS_TO_WAIT = 20_000;

const statuses = [];
const fetchImplementation = async (request) => {
  const response = await fetch(request);
  statuses.push(response.status);
  return response;
};

const Provider = side === "web" ? OFREPWebProvider : OFREPProvider;
const provider = new Provider({ ...options, fetchImplementation, cacheMode: "disabled" });
const client = OpenFeature.getClient();
const events = [];
for (const event of ["PROVIDER_CONFIGURATION_CHANGED", "PROVIDER_STALE", "PROVIDER_ERROR"]) {
  client.addHandler(event, ({ message, flagsChanged }) => events.push({ event, message, flagsChanged }));
}

const commands = {
  async start({ context = {} }) {
    if (side === "web") await OpenFeature.setContext(context);
    else OpenFeature.setContext(context);
    try {
      await OpenFeature.setProviderAndWait(provider);
    } catch (problem) {
      return { status: client.providerStatus, problem: problem.message };
    }
    return { status: client.providerStatus };
  },
  evaluate: ({ type, key, value, context }) => client[`get${type}Details`](key, value, context),
  context: async ({ context }) => void (await OpenFeature.setContext(context)),
  statuses: () => statuses,
  events: () => events,
  // Until so many requests had this status, or so many events of this name came, or nothing more will.
  async until({ status, event, count = 1 }) {
    const seen = () =>
      status ? statuses.filter((one) => one === status).length : events.filter((one) => one.event === event).length;
    const end = Date.now() + MILLISECONDS_TO_WAIT;
    while (seen() < count && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 5));
    return seen();
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const { do: name, ...given } = JSON.parse(line);
  console.log(JSON.stringify((await commands[name](given)) ?? null));
}
await OpenFeature.close();
process.exit(0);

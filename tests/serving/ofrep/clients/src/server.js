export { OpenFeature } from "@openfeature/server-sdk";
export { OFREPProvider } from "@openfeature/ofrep-provider";

// Sends an operation to the server that served the page, as the one who is signed in.
// Never sends anything to another host.
const MEDIA_TYPES = "application/graphql-response+json, application/json;q=0.9";

const EXPLANATIONS = {
  401: "You are signed out. Reload the page to sign in again.",
  403: "The server refused this page's token: you may have signed in anew elsewhere. Reload the page.",
  413: "The request is too large.",
};

async function answerOf(response) {
  const mediaType = response.headers.get("content-type") ?? "";
  if (mediaType.includes("json")) {
    return response.json();
  }
  const explanation = EXPLANATIONS[response.status] ?? "The server did not answer with JSON.";
  return { errors: [{ message: `${explanation} (HTTP ${response.status})` }] };
}

export function createFetcher({ endpoint, csrfHeader, csrfToken }) {
  return async ({ query, variables, operationName }, { headers = {} } = {}) => {
    const response = await fetch(endpoint, {
      method: "POST",
      credentials: "same-origin",
      redirect: "error",
      headers: {
        ...headers,
        accept: MEDIA_TYPES,
        "content-type": "application/json",
        [csrfHeader]: csrfToken,
      },
      body: JSON.stringify({ query, variables, operationName }),
    });
    return answerOf(response);
  };
}

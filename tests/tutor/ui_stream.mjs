// Reads recorded streams as a page with the AI SDK does: its transport, its schema, its messages.
//
// stdin: [{"body": the text of the answer}]. stdout: a line a stream: {"message": the last state of
// the message, "states": how many there were, "error": what the SDK says of a bad one}.

import { DefaultChatTransport, readUIMessageStream } from "ai";

let input = "";
for await (const chunk of process.stdin) input += chunk;

for (const { body } of JSON.parse(input)) {
  const transport = new DefaultChatTransport({
    api: "http://127.0.0.1:9/v1/tutor/chat",
    fetch: async () => new Response(body, { headers: { "content-type": "text/event-stream" } }),
  });
  const answer = { message: null, states: 0, error: null };
  try {
    const stream = await transport.sendMessages({
      trigger: "submit-message",
      chatId: "c",
      messages: [],
      abortSignal: undefined,
    });
    for await (const message of readUIMessageStream({
      stream,
      terminateOnError: true,
      onError: (error) => {
        answer.error = String(error);
      },
    })) {
      answer.message = message;
      answer.states += 1;
    }
  } catch (error) {
    answer.error = String(error);
  }
  console.log(JSON.stringify(answer));
}

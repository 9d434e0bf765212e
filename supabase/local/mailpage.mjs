// The mails that the local Auth has sent, as a page: none leaves this machine.

export const MAIL_PATH = "/mail";

const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const escape = (text) => String(text).replace(/[&<>"']/g, (one) => ENTITIES[one]);

// The text of a mail, with its addresses as links.
function linked(text) {
  return text.split(/(https?:\/\/[^\s"'<>]+)/).map((part, index) =>
    index % 2 ? `<a href="${escape(part)}">${escape(part)}</a>` : escape(part)).join("");
}

const STYLE = "body{font:16px/1.5 system-ui,sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem;"
  + "color-scheme:light dark}article{border:1px solid #8888;border-radius:8px;padding:0 1rem;margin:1rem 0}"
  + "pre{white-space:pre-wrap;overflow-wrap:anywhere;font:inherit}h2{font-size:1.1rem}";

export function mailPage(mails) {
  const articles = mails.map(({ at, to, subject, body }) => `<article><h2>${escape(subject)}</h2>
<p>To ${escape(to)}, <time>${escape(at.toISOString())}</time></p><pre>${linked(body)}</pre></article>`);
  return {
    headers: {
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
      "referrer-policy": "no-referrer",
    },
    body: `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Mails</title>
<meta name="viewport" content="width=device-width"><style>${STYLE}</style></head>
<body><h1>Mails</h1>${articles.join("\n") || "<p>None yet. A new one is here after a reload.</p>"}</body></html>`,
  };
}

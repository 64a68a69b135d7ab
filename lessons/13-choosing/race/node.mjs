import http from "node:http";

const server = http.createServer((request, response) => {
  response.setHeader("Content-Type", "application/json");
  response.end(JSON.stringify({ message: "Hello!" }));
});
server.listen(0, "127.0.0.1", () => console.error(`http://127.0.0.1:${server.address().port}`));
// It ends with whoever started it.
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));

// What Node.js makes of a bundle: the local zone, and an HTTPS request under OpenSSL's or the given roots.
for (const moment of [1775318399, 1775318400]) {
  console.log("local", -new Date(moment * 1000).getTimezoneOffset());
}
const request = require("https").get(process.argv[2], (answer) => {
  console.log("https", answer.statusCode);
  answer.resume();
});
request.on("error", (error) => console.log("https", error.code));

// The words that the command line, the server and the page share; they stand in the page as JSON.
export const WORDS = JSON.parse(document.getElementById('words').textContent);

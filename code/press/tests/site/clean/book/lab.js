// Explained at https://example.org/lab
const words = "a//b".split("//");
fetch("curves.svg");

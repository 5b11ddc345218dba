window.search = JSON.parse('{"words":"https://example.org"}');

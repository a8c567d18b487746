"""The same equations in other tools, each used as its documentation says. Imported only by `pinnsuite bench`."""

"""One file per problem: the equation, its parameters, domain, conditions and reference."""

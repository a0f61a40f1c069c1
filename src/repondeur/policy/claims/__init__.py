"""What a text claims: links, addresses, numbers, days and promises, told from their surroundings. Pure and linear."""

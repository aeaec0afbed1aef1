"""How a panel comes to be: notice, nominations, election, declared kin, observers, substitutes."""

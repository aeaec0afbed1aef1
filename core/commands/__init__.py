"""What `zhunbao` can do, one module per command or group; each exports a typer `app`. `core.cli` assembles them."""

"""Pictures of what people see: the forms as Dify lays them out, icons, what commands print."""

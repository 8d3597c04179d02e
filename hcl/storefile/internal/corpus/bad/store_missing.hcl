# ALONE
# STORE ERROR no_store_block: There is no store block
# STORE ERROR missing_block: There is no settlement block
# STORE ERROR no_entry: The store has no way in
# STORE ERROR no_exit: The store has no way out
zone "drinks" {}

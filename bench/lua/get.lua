-- GET of whatever path wrk is given.
wrk.headers["Authorization"] = "Bearer " .. os.getenv("TOKEN")

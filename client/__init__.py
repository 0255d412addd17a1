"""What a component needs to speak to the API: client, informers, work queue, leader election, events.

May import `apimachinery` only.
"""
